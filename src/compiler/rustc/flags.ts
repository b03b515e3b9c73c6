// Tables of what every rustc flag does to key and outputs. Unknown flags are not cached: a flag we do
// not know may read or write files. Sources: `rustc --help -v`, `-C help`, `-Z help` of 1.95 and the
// rustc book. Grows by rows only.

/** What a flag with a value means to the cache. */
export type FlagEffect =
  /** Part of the key as written. */
  | "keyed"
  /** Part of the key with its path mapped to a root. */
  | "keyed-path"
  /** Changes only how messages look: counts only when the compile said something. */
  | "presentation"
  /** Has a field of its own in the parsed compile. */
  | "modelled"
  /** Asks a question instead of compiling. */
  | "query";

/** Flags that take a value, separate or after "=". */
export const VALUE_FLAGS: ReadonlyMap<string, FlagEffect> = new Map<string, FlagEffect>([
  ["--crate-name", "modelled"],
  ["--crate-type", "modelled"],
  ["--emit", "modelled"],
  ["--extern", "modelled"],
  ["--codegen", "modelled"],
  ["-C", "modelled"],
  ["-L", "modelled"],
  ["-Z", "modelled"],
  ["-o", "modelled"],
  ["--out-dir", "modelled"],
  ["--target", "modelled"],
  ["--sysroot", "modelled"],
  ["--remap-path-prefix", "modelled"],
  ["--remap-path-scope", "modelled"],
  ["-l", "modelled"],
  ["--edition", "keyed"],
  ["--cfg", "keyed"],
  ["--check-cfg", "keyed"],
  ["--cap-lints", "keyed"],
  ["--allow", "keyed"],
  ["--warn", "keyed"],
  ["--deny", "keyed"],
  ["--forbid", "keyed"],
  ["--force-warn", "keyed"],
  ["-A", "keyed"],
  ["-W", "keyed"],
  ["-D", "keyed"],
  ["-F", "keyed"],
  ["--error-format", "presentation"],
  ["--json", "presentation"],
  ["--color", "presentation"],
  ["--diagnostic-width", "presentation"],
  ["--print", "query"],
  ["--explain", "query"],
]);

/** Flags without a value. */
export const BARE_FLAGS: ReadonlyMap<string, FlagEffect> = new Map<string, FlagEffect>([
  ["--test", "modelled"],
  ["-g", "keyed"],
  ["-O", "keyed"],
  ["-v", "presentation"],
  ["--verbose", "presentation"],
  ["-V", "query"],
  ["-vV", "query"],
  ["-Vv", "query"],
  ["--version", "query"],
  ["-h", "query"],
  ["--help", "query"],
]);

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
export const CODEGEN_OPTIONS: ReadonlyMap<string, CodegenEffect> = new Map<string, CodegenEffect>([
  ...(
    [
      "ar",
      "code-model",
      "codegen-units",
      "collapse-macro-debuginfo",
      "control-flow-guard",
      "debug-assertions",
      "debuginfo",
      "default-linker-libraries",
      "dlltool",
      "dwarf-version",
      "embed-bitcode",
      "force-frame-pointers",
      "force-unwind-tables",
      "inline-threshold",
      "instrument-coverage",
      "jump-tables",
      "link-dead-code",
      "link-self-contained",
      "linker-features",
      "linker-flavor",
      "linker-plugin-lto",
      "llvm-args",
      "lto",
      "metadata",
      "no-prepopulate-passes",
      "no-redzone",
      "no-stack-check",
      "no-vectorize-loops",
      "no-vectorize-slp",
      "opt-level",
      "overflow-checks",
      "panic",
      "passes",
      "prefer-dynamic",
      "profile-generate",
      "relocation-model",
      "relro-level",
      "remark",
      "rpath",
      "soft-float",
      "strip",
      "symbol-mangling-version",
      "target-feature",
      "unsafe-allow-abi-mismatch",
    ] as const
  ).map((name): [string, CodegenEffect] => [name, "keyed"]),
  ["extra-filename", "modelled"],
  ["incremental", "modelled"],
  ["linker", "modelled"],
  ["link-arg", "modelled"],
  ["link-args", "modelled"],
  ["profile-use", "modelled"],
  ["split-debuginfo", "modelled"],
  ["target-cpu", "modelled"],
  ["save-temps", "refused"],
  ["help", "refused"],
]);

/** `-Z` options that change only the output bytes; any other is not cached. */
export const UNSTABLE_OPTIONS: ReadonlySet<string> = new Set([
  "allow-features",
  "always-encode-mir",
  "binary-dep-depinfo",
  "branch-protection",
  "cf-protection",
  "crate-attr",
  "default-visibility",
  "embed-source",
  "export-executable-symbols",
  "fmt-debug",
  "force-unstable-if-unmarked",
  "function-sections",
  "inline-mir",
  "inline-mir-threshold",
  "layout-seed",
  "location-detail",
  "macro-backtrace",
  "min-function-alignment",
  "mir-opt-level",
  "mutable-noalias",
  "next-solver",
  "oom",
  "panic-abort-tests",
  "panic-in-drop",
  "plt",
  "polonius",
  "randomize-layout",
  "relax-elf-relocations",
  "saturating-float-casts",
  "share-generics",
  "sanitizer",
  "stack-protector",
  "thinlto",
  "threads",
  "tls-model",
  "trap-unreachable",
  "tune-cpu",
  "ub-checks",
  "unstable-options",
  "virtual-function-elimination",
]);

/** Emit kinds and the file each leaves: name prefix, extension. `link` depends on the crate type. */
export const EMIT_FILES: ReadonlyMap<string, { prefix: string; extension: string }> = new Map([
  ["asm", { prefix: "", extension: ".s" }],
  ["dep-info", { prefix: "", extension: ".d" }],
  ["llvm-bc", { prefix: "", extension: ".bc" }],
  ["llvm-ir", { prefix: "", extension: ".ll" }],
  ["metadata", { prefix: "lib", extension: ".rmeta" }],
  ["mir", { prefix: "", extension: ".mir" }],
  ["obj", { prefix: "", extension: ".o" }],
]);

/** Crate types and the file `--emit=link` leaves for each on ELF targets. */
export const CRATE_TYPE_FILES: ReadonlyMap<string, { prefix: string; extension: string }> = new Map(
  [
    ["bin", { prefix: "", extension: "" }],
    ["lib", { prefix: "lib", extension: ".rlib" }],
    ["rlib", { prefix: "lib", extension: ".rlib" }],
    ["staticlib", { prefix: "lib", extension: ".a" }],
    ["dylib", { prefix: "lib", extension: ".so" }],
    ["cdylib", { prefix: "lib", extension: ".so" }],
    ["proc-macro", { prefix: "lib", extension: ".so" }],
  ],
);

/** Crate types for which rustc runs the linker. */
export const LINKED_CRATE_TYPES: ReadonlySet<string> = new Set([
  "bin",
  "dylib",
  "cdylib",
  "proc-macro",
]);
