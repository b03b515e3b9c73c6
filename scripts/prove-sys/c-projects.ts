// C projects that are built outside cargo, each by what its makers build it with. Their sources come inside
// crates, so that they are pinned and checked.
import type { PinnedCrate } from "../start/crate-source.ts";

/** One C project and how it is built. */
export interface CProject {
  readonly name: string;
  /** What builds it, as the table tells. */
  readonly by: string;
  readonly crate: PinnedCrate;
  /** The directory of the crate that is the project. */
  readonly directory: string;
  /** Files of ours beside its own. */
  readonly files: Readonly<Record<string, string>>;
  /** Commands, run one after the other in the project. */
  readonly commands: readonly (readonly string[])[];
  /** Whether the compiler is called through CMake's launcher and not by `CC`. */
  readonly launcher: boolean;
  /** Programs that it needs beside a C compiler. */
  readonly needs: readonly string[];
}

/** For projects whose crate brings no makefile along. */
const MAKEFILE = `CFLAGS = -O1 -g -MD
all.a: $(patsubst %.c,%.o,$(wildcard *.c))
	$(AR) rc $@ $^
`;
const BY_MAKE = {
  by: "make",
  files: { "prove.mk": MAKEFILE },
  commands: [["make", "-j2", "-f", "prove.mk"]],
  launcher: false,
  needs: ["make"],
} as const;

function cmake(source: string, ...options: readonly string[]) {
  const definitions = ["CMAKE_BUILD_TYPE=RelWithDebInfo", ...options];
  const configure = ["cmake", "-G", "Ninja", "-S", source, "-B", "out"];
  return {
    by: "CMake and ninja",
    files: {},
    commands: [
      [...configure, ...definitions.map((one) => `-D${one}`)],
      ["ninja", "-j2", "-C", "out"],
    ],
    launcher: true,
    needs: ["cmake", "ninja"],
  } as const;
}

/** Every project, in the order of the table. */
export const C_PROJECTS: readonly CProject[] = [
  {
    ...BY_MAKE,
    name: "SQLite",
    crate: { name: "libsqlite3-sys", version: "0.38.2" },
    directory: "sqlite3",
    commands: [["make", "-f", "prove.mk", "sqlite3.o"]],
  },
  {
    ...BY_MAKE,
    name: "zlib",
    crate: { name: "libz-sys", version: "1.1.31" },
    directory: "src/zlib",
  },
  {
    ...BY_MAKE,
    name: "Lua",
    crate: { name: "lua-src", version: "551.1.0" },
    directory: "lua-5.4.9",
  },
  {
    name: "jemalloc",
    by: "configure and make",
    crate: {
      name: "tikv-jemalloc-sys",
      version: "0.7.1+5.3.1-0-g81034ce1f1373e37dc865038e1bc8eeecf559ce8",
    },
    directory: ".",
    files: {},
    commands: [
      [
        "sh",
        "-c",
        "cp configure/configure jemalloc && cd jemalloc && sh ./configure --disable-cxx --with-version=5.3.1-0-g0",
      ],
      ["make", "-j2", "-C", "jemalloc", "build_lib_static"],
    ],
    launcher: false,
    needs: ["make"],
  },
  {
    ...cmake("build/cmake", "ZSTD_BUILD_PROGRAMS=OFF", "ZSTD_BUILD_SHARED=OFF"),
    name: "zstd",
    crate: { name: "zstd-sys", version: "2.1.3+zstd.1.5.7" },
    directory: "zstd",
  },
  {
    ...cmake("."),
    name: "Oniguruma",
    crate: { name: "onig_sys", version: "69.9.3" },
    directory: "oniguruma",
  },
  {
    name: "Opus",
    by: "Meson and ninja",
    crate: { name: "audiopus_sys", version: "0.2.2" },
    directory: "opus",
    // Its crate brings no version along, which is otherwise git's to tell.
    files: { package_version: 'PACKAGE_VERSION="1.5.2"\n' },
    commands: [
      ["meson", "setup", "out", "-Dtests=disabled", "-Ddocs=disabled"],
      ["ninja", "-j2", "-C", "out"],
    ],
    launcher: false,
    needs: ["meson", "ninja"],
  },
];
