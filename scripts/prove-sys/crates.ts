// Crates that compile C or C++ in their build scripts, and what shows that their code is there: a program
// that calls it.

/** One crate to build through kache. */
export interface SysCrate {
  readonly name: string;
  readonly version: string;
  readonly features: readonly string[];
  readonly defaultFeatures: boolean;
  /** The body of `main`, which must end without panic. */
  readonly body: string;
  /** Programs that its build needs beside a C compiler. */
  readonly needs: readonly string[];
  /** What it is here for. */
  readonly note: string;
  /** Takes so long that it is only built when it is named. */
  readonly onlyByName: boolean;
  /** Variables of its builds. */
  readonly environment: Readonly<Record<string, string>>;
  /** KACHE_VERIFY of its third build. */
  readonly verify: string;
  /** Why some of it is compiled in every checkout, and which objects, crates and artifacts those are. */
  readonly again: { readonly cause: string; readonly names: RegExp } | undefined;
}

type Optional = Partial<Omit<SysCrate, "name" | "version" | "note" | "body">>;

function crate(
  name: string,
  version: string,
  note: string,
  body: string,
  optional: Optional = {},
): SysCrate {
  return {
    name,
    version,
    features: [],
    defaultFeatures: true,
    body,
    needs: [],
    note,
    onlyByName: false,
    environment: {},
    verify: "1",
    again: undefined,
    ...optional,
  };
}

const MIMALLOC = "unsafe { libmimalloc_sys::mi_free(libmimalloc_sys::mi_malloc(8)) };";

/** Its archive goes into the library of openssl-sys, whose bytes all above it count. */
const OPENSSL_AGAIN = {
  cause: "three objects and a preprocessed text hold `OUT_DIR` or the date, and what links them",
  names:
    /expando\.c$|libcrypto-lib-(?:cversion|defaults|info)\.o$|libcrypto\.a$|openssl_sys|ssh2_sys|git2|uses[-_]it/,
};

/** Every crate, the quick ones first. */
export const SYS_CRATES: readonly SysCrate[] = [
  crate(
    "libz-sys",
    "1.1.31",
    "the cc crate, C",
    "assert!(!unsafe { libz_sys::zlibVersion() }.is_null());",
    { features: ["static"] },
  ),
  crate(
    "zstd-sys",
    "2.1.3",
    "C with a preprocessed assembly file",
    "assert!(unsafe { zstd_sys::ZSTD_versionNumber() } > 10000);",
  ),
  crate("libmimalloc-sys", "0.1.49", "one large C file that includes others", MIMALLOC, {
    again: { cause: "the object holds `__TIME__`", names: /static\.o$|mimalloc|uses[-_]it/ },
  }),
  crate("libmimalloc-sys", "0.1.49", "the same with SOURCE_DATE_EPOCH", MIMALLOC, {
    environment: { SOURCE_DATE_EPOCH: "1700000000" },
  }),
  crate(
    "onig_sys",
    "69.9.3",
    "C, a header made by the build script",
    "assert!(!unsafe { onig_sys::onig_version() }.is_null());",
    { defaultFeatures: false },
  ),
  crate(
    "ring",
    "0.17.14",
    "C and much preprocessed assembly",
    'assert_eq!(ring::digest::digest(&ring::digest::SHA256, b"x").as_ref().len(), 32);',
  ),
  crate(
    "libsqlite3-sys",
    "0.38.2",
    "one very large C file",
    "assert!(unsafe { libsqlite3_sys::sqlite3_libversion_number() } > 3000000);",
    { features: ["bundled"] },
  ),
  crate(
    "tikv-jemalloc-sys",
    "0.7.1",
    "configure and make",
    "assert!(!unsafe { tikv_jemalloc_sys::malloc(8) }.is_null());",
    { verify: "5", needs: ["make"] },
  ),
  crate(
    "libgit2-sys",
    "0.18.8",
    "some 250 C files",
    "assert!(unsafe { libgit2_sys::git_libgit2_init() } > 0);",
    { features: ["vendored"] },
  ),
  crate(
    "openssl-sys",
    "0.9.118",
    "OpenSSL's own perl and make, C and assembly",
    "assert!(unsafe { openssl_sys::OpenSSL_version_num() } > 0);",
    { verify: "20", features: ["vendored"], needs: ["perl", "make"], again: OPENSSL_AGAIN },
  ),
  crate(
    "git2",
    "0.21.0",
    "a Rust program with vendored OpenSSL, libssh2, zlib and libgit2",
    "assert!(git2::Version::get().libgit2_version().0 > 0);",
    {
      features: ["https", "ssh", "vendored-libgit2", "vendored-openssl"],
      needs: ["perl", "make"],
      verify: "20",
      again: OPENSSL_AGAIN,
    },
  ),
  crate(
    "aws-lc-sys",
    "0.46.0",
    "C and assembly, by the cc crate or CMake",
    "assert_eq!(unsafe { aws_lc_sys::CRYPTO_library_init() }, ());",
    { verify: "20", needs: ["cmake"] },
  ),
  crate(
    "librocksdb-sys",
    "0.19.0",
    "some 300 C++ files",
    "unsafe { librocksdb_sys::rocksdb_free(std::ptr::null_mut()) };",
    { defaultFeatures: false, needs: ["clang"], onlyByName: true, verify: "20" },
  ),
];

/** Files of a project that depends on the crate alone. */
export function projectFiles({ name, version, features, defaultFeatures, body }: SysCrate) {
  const dependency = `{ version = "=${version}", features = ${JSON.stringify(features)}, default-features = ${String(defaultFeatures)} }`;
  return {
    "Cargo.toml": `[package]\nname = "uses-it"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n${name} = ${dependency}\n`,
    "src/main.rs": `fn main() {\n    ${body}\n}\n`,
  };
}
