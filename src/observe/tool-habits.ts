// Variables that each tool asks for by itself, macros or no macros: learned from runs without macros
// (rustc 1.95, gcc 12, binutils 2.40, lld 22). What else a process asks for was asked by code of the
// user's, and counts.
import { baseName, isWithin } from "../base/path.ts";
import { LOG_READ } from "../key/derive-rustc-key.ts";
import { isCompileTool } from "./cc-habits.ts";

/** Asked by rustc's own code and std's: they steer logging, threads and terminals. */
const RUSTC_HABITS: readonly string[] = [
  "CARGO_MAKEFLAGS",
  "CI",
  "FORCE_LLD_DIAGNOSTICS_CRASH",
  "HOME",
  "LLVM_IGNORED_ENV_VAR",
  "LLVM_OVERRIDE_PRODUCER",
  "LOCPATH",
  "MAKEFLAGS",
  "MALLOC_CONF",
  "MFLAGS",
  "PATH",
  "QNX_TARGET",
  "RUSTC_BOOTSTRAP",
  "RUSTC_CTFE_BACKTRACE",
  "RUSTC_FORCE_RUSTC_VERSION",
  "RUSTC_GRAPHVIZ_FONT",
  "RUSTC_ICE",
  "RUSTC_OVERRIDE_VERSION_STRING",
  "RUSTC_LOG",
  "RUSTC_LOG_OUTPUT_TARGET",
  ...LOG_READ,
  "RUST_BACKTRACE",
  "RUST_LIB_BACKTRACE",
  "RUST_MIN_STACK",
  "RUST_TARGET_PATH",
  "TEMP",
  "TERM",
  "TMP",
  "TMPDIR",
  "VCINSTALLDIR",
];

/** Asked by C drivers and linkers; those that shape a link are in the key by name. */
const LINK_HABITS: readonly string[] = [
  "BINUTILS_ROOT",
  "AS_SECURE_LOG_FILE",
  "COLLECT_AS_OPTIONS",
  "COLLECT_GCC",
  "COLLECT_GCC_OPTIONS",
  "COLLECT_LTO_WRAPPER",
  "COLLECT_NAMES",
  "COLLECT_NO_DEMANGLE",
  "COMPILER_PATH",
  "GCC_COMPARE_DEBUG",
  "GCC_EXEC_PREFIX",
  "GCC_EXTRA_DIAGNOSTIC_OUTPUT",
  "GCC_ROOT",
  "GNUTARGET",
  "LDEMULATION",
  "LD_RUN_PATH",
  "LIBCTF_DEBUG",
  "LIBRARY_PATH",
  "LLD_IN_TEST",
  "LLD_REPRODUCE",
  "LLD_VERSION",
  "LPATH",
  "POSIXLY_CORRECT",
  "SOURCE_DATE_EPOCH",
  "COLUMNS",
];

/** Where ld looks for what libraries need; cargo sets it for every rustc, to directories of this place. */
export const LIBRARIES_PATH = "LD_LIBRARY_PATH";

/** Whether a program asks for that variable only to look along it: linkers, and rustup on its way to rustc. */
export function looksAlong(program: string, name: string): boolean {
  return (
    name === LIBRARIES_PATH && (LINK_TOOLS.test(program) || /^(?:rustc|rustup)$/.test(program))
  );
}

/** Programs a link consists of. */
const LINK_TOOLS =
  /^(?:.+-)?(?:cc|gcc|g\+\+|c\+\+|clang(?:\+\+)?|cc1|cc1plus|as|collect2|lto-wrapper|lto1|ld|ld\.bfd|ld\.gold|ld\.lld|lld|rust-lld|ld64\.lld|wasm-ld|wasm-component-ld|mold|ld\.mold|wild|rust-objcopy|strip|gcc-ar|ar)(?:-[\d.]+)?$/;

/** Whether the program belongs to an ordinary link. */
export function isLinkTool(exe: string, sysroot: string): boolean {
  // The sysroot's bin holds cargo as well, which is no part of a link.
  return isWithin(exe, `${sysroot}/lib/rustlib`) || LINK_TOOLS.test(baseName(exe));
}

/** Whether a program compiles or links. */
export function isBuildTool(exe: string): boolean {
  const program = baseName(exe);
  return (
    /^(?:rustc|clippy-driver|rustup)$/.test(program) ||
    LINK_TOOLS.test(program) ||
    isCompileTool(exe)
  );
}

/** Whether a program asks for this variable whatever it compiles. */
export function isHabitualVariable(program: string, name: string): boolean {
  if (LINK_TOOLS.test(program))
    return LINK_HABITS.includes(name) || RUSTC_HABITS.includes(name) || /^LC_|^LANG/.test(name);
  return RUSTC_HABITS.includes(name);
}

/**
 * What cargo looks at whenever it starts, for the sake of the network: certificates and git's settings (a proxy).
 * What it says of a workspace on the disk does not follow from them.
 */
const NETWORK_FILES =
  /\/(?:\.gitconfig|gitconfig|git\/config|openssl\.cnf|(?:cert|certs|cacert|ca-bundle|tls-ca-bundle)\.pem|(?:ca-certificates|ca-bundle|ca-root-nss)\.crt)$/;

/** Whether cargo looks at this file at each start, only to be ready for the network. */
export function isForNetwork(path: string): boolean {
  return NETWORK_FILES.test(path);
}
