// Tables of what every rustc flag does to key and outputs. Unknown flags are not cached: a flag we do
// not know may read or write files. Sources: `rustc --help -v`, `-C help`, `-Z help` of 1.95 and the
// rustc book. Grows by rows only.

/** What a flag with a value means to the cache. */
export type FlagEffect =
  /** Part of the key as written. */
  | "keyed"
  /** Changes only how messages look: counts only when the compile said something. */
  | "presentation"
  /** Has a field of its own in the parsed compile. */
  | "modelled"
  /** Asks a question instead of compiling. */
  | "query";

/**
 * A table by name. Object literals and not Maps: they are made with the code, a Map row by row at every
 * start (0.15 ms for these). Read with `row`, which knows no inherited names.
 */
export type Table<T> = Readonly<Record<string, T>>;

/** The row of a name, if there is one. */
export function row<T>(table: Table<T>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** How a file that rustc leaves is named: prefix, crate name and extra, extension. */
export interface FileShape {
  readonly prefix: string;
  readonly extension: string;
}

/** Flags that take a value, separate or after "=". */
export const VALUE_FLAGS: Table<FlagEffect> = {
  "--crate-name": "modelled",
  "--crate-type": "modelled",
  "--emit": "modelled",
  "--extern": "modelled",
  "--codegen": "modelled",
  "-C": "modelled",
  "-L": "modelled",
  "-Z": "modelled",
  "-o": "modelled",
  "--out-dir": "modelled",
  "--target": "modelled",
  "--sysroot": "modelled",
  "--remap-path-prefix": "modelled",
  "--remap-path-scope": "modelled",
  "-l": "modelled",
  "--edition": "keyed",
  "--cfg": "keyed",
  "--check-cfg": "keyed",
  "--cap-lints": "keyed",
  "--allow": "keyed",
  "--warn": "keyed",
  "--deny": "keyed",
  "--forbid": "keyed",
  "--force-warn": "keyed",
  "-A": "keyed",
  "-W": "keyed",
  "-D": "keyed",
  "-F": "keyed",
  "--error-format": "presentation",
  "--json": "presentation",
  "--color": "presentation",
  "--diagnostic-width": "presentation",
  "--print": "query",
  "--explain": "query",
};

/** Flags without a value. */
export const BARE_FLAGS: Table<FlagEffect> = {
  "--test": "modelled",
  "-g": "keyed",
  "-O": "keyed",
  "-v": "presentation",
  "--verbose": "presentation",
  "-V": "query",
  "-vV": "query",
  "-Vv": "query",
  "--version": "query",
  "-h": "query",
  "--help": "query",
};

/** Short flags whose value may be attached: `-Copt-level=3`. */
export const ATTACHED_FLAGS: readonly string[] = [
  "-C",
  "-L",
  "-l",
  "-Z",
  "-A",
  "-W",
  "-D",
  "-F",
  "-o",
];

/** What a `-C` option means to the cache. */
export type CodegenEffect = "keyed" | "modelled" | "refused";

/** Every `-C` option of rustc 1.95. */
export const CODEGEN_OPTIONS: Table<CodegenEffect> = {
  ar: "keyed",
  "code-model": "keyed",
  "codegen-units": "keyed",
  "collapse-macro-debuginfo": "keyed",
  "control-flow-guard": "keyed",
  "debug-assertions": "keyed",
  debuginfo: "keyed",
  "default-linker-libraries": "keyed",
  dlltool: "keyed",
  "dwarf-version": "keyed",
  "embed-bitcode": "keyed",
  "force-frame-pointers": "keyed",
  "force-unwind-tables": "keyed",
  "inline-threshold": "keyed",
  "instrument-coverage": "keyed",
  "jump-tables": "keyed",
  "link-dead-code": "keyed",
  "link-self-contained": "keyed",
  "linker-features": "keyed",
  "linker-flavor": "keyed",
  "linker-plugin-lto": "keyed",
  lto: "keyed",
  metadata: "keyed",
  "no-prepopulate-passes": "keyed",
  "no-redzone": "keyed",
  "no-stack-check": "keyed",
  "no-vectorize-loops": "keyed",
  "no-vectorize-slp": "keyed",
  "opt-level": "keyed",
  "overflow-checks": "keyed",
  panic: "keyed",
  passes: "keyed",
  "prefer-dynamic": "keyed",
  "profile-generate": "keyed",
  "relocation-model": "keyed",
  "relro-level": "keyed",
  remark: "keyed",
  rpath: "keyed",
  "soft-float": "keyed",
  strip: "keyed",
  "symbol-mangling-version": "keyed",
  "target-feature": "keyed",
  "unsafe-allow-abi-mismatch": "keyed",
  "extra-filename": "modelled",
  incremental: "modelled",
  linker: "modelled",
  "link-arg": "modelled",
  "link-args": "modelled",
  "llvm-args": "modelled",
  "profile-use": "modelled",
  "split-debuginfo": "modelled",
  "target-cpu": "modelled",
  "save-temps": "refused",
  help: "refused",
};

/** `-Z` options that change only the output bytes; any other is not cached. */
export const UNSTABLE_OPTIONS: ReadonlySet<string> = new Set([
  "allow-features",
  "always-encode-mir",
  "annotate-moves",
  "binary-dep-depinfo",
  "box-noalias",
  "branch-protection",
  "cf-protection",
  "check-cfg-all-expected",
  "codegen-source-order",
  "contract-checks",
  "crate-attr",
  "cross-crate-inline-threshold",
  "debug-info-for-profiling",
  "debug-info-type-line-numbers",
  "debuginfo-compression",
  "deduplicate-diagnostics",
  "default-visibility",
  "direct-access-external-data",
  "dylib-lto",
  "embed-metadata",
  "embed-source",
  "emit-stack-sizes",
  "enforce-type-length-limit",
  "export-executable-symbols",
  "extra-const-ub-checks",
  "fewer-names",
  "fixed-x18",
  "flatten-format-args",
  "fmt-debug",
  "force-unstable-if-unmarked",
  "function-return",
  "function-sections",
  "has-thread-local",
  "higher-ranked-assumptions",
  "hint-mostly-unused",
  "human-readable-cgu-names",
  "indirect-branch-cs-prefix",
  "inline-llvm",
  "inline-mir",
  "inline-mir-forwarder-threshold",
  "inline-mir-hint-threshold",
  "inline-mir-preserve-debug",
  "inline-mir-threshold",
  "instrument-mcount",
  "instrument-xray",
  "large-data-threshold",
  "layout-seed",
  "location-detail",
  "macro-backtrace",
  "maximal-hir-to-mir-coverage",
  "merge-functions",
  "min-function-alignment",
  "mir-enable-passes",
  "mir-opt-level",
  "mir-preserve-ub",
  "mir-strip-debuginfo",
  "mutable-noalias",
  "namespaced-crates",
  "next-solver",
  "no-generate-arange-section",
  "no-trait-vptr",
  "no-unique-section-names",
  "on-broken-pipe",
  "oom",
  "packed-bundled-libs",
  "panic-abort-tests",
  "panic-in-drop",
  "patchable-function-entry",
  "plt",
  "polonius",
  "proc-macro-backtrace",
  "randomize-layout",
  "reg-struct-return",
  "regparm",
  "relax-elf-relocations",
  "remap-cwd-prefix",
  "retpoline",
  "retpoline-external-thunk",
  "sanitizer",
  "sanitizer-cfi-canonical-jump-tables",
  "sanitizer-cfi-generalize-pointers",
  "sanitizer-cfi-normalize-integers",
  "sanitizer-kcfi-arity",
  "sanitizer-memory-track-origins",
  "sanitizer-recover",
  "saturating-float-casts",
  "share-generics",
  "small-data-threshold",
  "split-dwarf-inlining",
  "split-lto-unit",
  "src-hash-algorithm",
  "stack-protector",
  "staticlib-allow-rdylib-deps",
  "staticlib-prefer-dynamic",
  "strict-init-checks",
  "thinlto",
  "threads",
  "tls-model",
  "track-diagnostics",
  "trap-unreachable",
  "trim-diagnostic-paths",
  "tune-cpu",
  "ub-checks",
  "uninit-const-chunk-threshold",
  "unstable-options",
  "use-ctors-section",
  "use-sync-unwind",
  "validate-mir",
  "verify-llvm-ir",
  "virtual-function-elimination",
  "wasm-c-abi",
]);

/** Emit kinds and the file each leaves: name prefix, extension. `link` depends on the crate type. */
export const EMIT_FILES: Table<FileShape> = {
  asm: { prefix: "", extension: ".s" },
  "dep-info": { prefix: "", extension: ".d" },
  "llvm-bc": { prefix: "", extension: ".bc" },
  "llvm-ir": { prefix: "", extension: ".ll" },
  metadata: { prefix: "lib", extension: ".rmeta" },
  mir: { prefix: "", extension: ".mir" },
  obj: { prefix: "", extension: ".o" },
};

/** Crate types and the file `--emit=link` leaves for each on ELF targets. */
export const CRATE_TYPE_FILES: Table<FileShape> = {
  bin: { prefix: "", extension: "" },
  lib: { prefix: "lib", extension: ".rlib" },
  rlib: { prefix: "lib", extension: ".rlib" },
  staticlib: { prefix: "lib", extension: ".a" },
  dylib: { prefix: "lib", extension: ".so" },
  cdylib: { prefix: "lib", extension: ".so" },
  "proc-macro": { prefix: "lib", extension: ".so" },
};

const WASM: FileShape = { prefix: "", extension: ".wasm" };

/**
 * Targets whose linked files are called otherwise, by crate type. What is not here (Windows, where the linker writes
 * the time into a program and another file beside a library) is looked for under the names of ELF targets, and a
 * result without it is not stored.
 */
export const TARGET_LINK_FILES: readonly (readonly [target: RegExp, files: Table<FileShape>])[] = [
  [/^wasm(?:32|64)(?!.*emscripten)[^/.]*$/, { bin: WASM, cdylib: WASM }],
];

/** Crate types for which rustc runs the linker. */
export const LINKED_CRATE_TYPES: readonly string[] = ["bin", "dylib", "cdylib", "proc-macro"];
