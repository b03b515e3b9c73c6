// The RustcCompile value: one rustc invocation as the rest of the flow sees it.

/** The word for a source that comes through standard input. */
export const STDIN_SOURCE = "-";

/** One `--emit` item: the kind and, when given, the explicit file. */
export interface EmitRequest {
  readonly kind: string;
  readonly path: string | undefined;
}

/** One `--extern`: modifiers, crate name and, when given, the artifact's path as written. */
export interface Extern {
  readonly options: string;
  readonly name: string;
  readonly path: string | undefined;
}

/** One `-L`: its kind ("all" when none is written) and directory as written. */
export interface SearchPath {
  readonly kind: string;
  readonly path: string;
}

/**
 * How an argument enters the key: as written, as a path mapped to its root, as `FROM=TO` with FROM mapped, or as a
 * linker's argument with the files mapped that it names.
 */
export interface KeyedArgument {
  readonly flag: string;
  readonly value: string;
  readonly form: "literal" | "path" | "remap" | "link";
}

/** A cacheable rustc invocation, read once from argv and never re-read. */
export interface RustcCompile {
  readonly compiler: string;
  /** The rustc behind a workspace wrapper such as clippy-driver: passed on as first argument. */
  readonly inner: string | undefined;
  /** The arguments after the compiler(s), argument files expanded. */
  readonly args: readonly string[];
  readonly argumentFiles: readonly string[];
  readonly crateName: string;
  readonly crateTypes: readonly string[];
  readonly testHarness: boolean;
  /** The file, or STDIN_SOURCE. */
  readonly source: string;
  readonly emits: readonly EmitRequest[];
  readonly outDir: string | undefined;
  readonly output: string | undefined;
  readonly extraFilename: string;
  readonly target: string | undefined;
  readonly sysroot: string | undefined;
  readonly linker: string | undefined;
  readonly incremental: string | undefined;
  readonly externs: readonly Extern[];
  readonly searchPaths: readonly SearchPath[];
  readonly staticLibraries: readonly string[];
  /** Named files whose content decides the output: profile data, for one. */
  readonly contentFiles: readonly string[];
  readonly nativeCpu: boolean;
  /**
   * Whether the output may name roots in place of this machine's paths. Coverage tools, and debuggers
   * whose files lie beside the objects, must find the real ones, and a scope of the user's that leaves something out
   * would leave it out of our mappings too.
   */
  readonly remapped: boolean;
  readonly rpath: boolean;
  readonly splitDebuginfo: string | undefined;
  /** Everything that counts, in argv order, less what has a field of its own. */
  readonly keyed: readonly KeyedArgument[];
  /** Arguments that change only how messages look. */
  readonly presentation: readonly string[];
  /** What of them lets rustc print more than messages. */
  readonly printing: string;
  readonly errorFormat: string | undefined;
  readonly colored: boolean;
  readonly features: readonly string[];
  readonly optLevel: string | undefined;
}
