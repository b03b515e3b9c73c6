// The CcCompile value: one C or C++ compiler invocation as the rest of the flow sees it. Types only.

/** How a compiler spells its flags: gcc's and clang's way, or cl's. */
export type CcSpelling = "gnu" | "cl";

/** What one call makes of its one source; "rules" are make rules and nothing else (`-M`). */
export type CcMode = "object" | "assembly" | "preprocessed" | "syntax" | "pch" | "rules";

/**
 * How an argument enters the key: as written; as a path mapped to its root; as `FROM=TO` with FROM
 * mapped; as a macro's definition with the paths in it mapped.
 */
export interface CcKeyedArgument {
  readonly flag: string;
  readonly value: string;
  readonly form: "literal" | "path" | "remap" | "definition";
}

/** A make rule the compiler was asked to write, beside its output or alone. */
export interface DependencyRequest {
  /** Where, as written; undefined: where the compiler puts it by itself. */
  readonly path: string | undefined;
  /** Targets as given: `-MT` as it stands, `-MQ` to be quoted for make. None: the compiler's own. */
  readonly targets: readonly { readonly text: string; readonly quoted: boolean }[];
  /** Whether the preprocessor was asked directly (`-Wp,-MD,file`): its default target has no directory. */
  readonly direct: boolean;
}

/** A file beside the main output; which one is made of the main output's or the given name. */
export interface SideRequest {
  /** "dwo", "gcno", "su", "ci", "aux-info", "diagnostics", "time-trace", … */
  readonly kind: string;
  /** Where, as written; undefined: the main output's name with `extension`. */
  readonly path: string | undefined;
  readonly extension: string;
}

/** One `FROM=TO` of the user's own, by what it applies to. */
export interface OwnMap {
  readonly scope: "file" | "debug" | "macro" | "coverage";
  readonly from: string;
}

/** A cacheable C or C++ invocation, read once from argv and never re-read. */
export interface CcCompile {
  readonly spelling: CcSpelling;
  /** The compiler's words as they are run: one; two for drivers such as `zig cc`. */
  readonly compiler: readonly [string, ...string[]];
  /** The arguments after them, as they are passed on (argument files not expanded). */
  readonly args: readonly string[];
  /** Argument files that were read, as written, nested ones included. */
  readonly argumentFiles: readonly string[];
  readonly mode: CcMode;
  /** The language of the source: `-x`'s value in force before it, else by its name. */
  readonly language: string;
  /** As written; "-": standard input. */
  readonly source: string;
  /** `-o` or `/Fo` as written; undefined: the compiler's own choice. */
  readonly output: string | undefined;
  /** Where the main output goes, as the compiler would be told; undefined for "syntax", "rules" and `prints`. */
  readonly mainOutput: string | undefined;
  /** Whether what it makes goes to standard output: make rules without a place, preprocessed text, `-S -o -`. */
  readonly prints: boolean;
  /** Whether its main output is thrown away (`-o /dev/null`): only what it says and how it ends is asked for. */
  readonly discards: boolean;
  readonly dependencies: DependencyRequest | undefined;
  readonly sides: readonly SideRequest[];
  /** Everything that counts, in argv order, less what has a field of its own. */
  readonly keyed: readonly CcKeyedArgument[];
  /** Files whose content counts, named by an argument: plugins, specs, profiles, lists. */
  readonly contentFiles: readonly string[];
  /** Arguments that change only how messages look, in order. */
  readonly presentation: readonly string[];
  /** What the user says about colour; undefined: the compiler decides by the terminal. */
  readonly color: "always" | "never" | undefined;
  /** Maps of the user's own. */
  readonly ownMaps: readonly OwnMap[];
  /** `-march=native` and its like: the host's CPU counts. */
  readonly nativeCpu: boolean;
  /** Coverage or profile counters: the object names its place for the program to find at run time. */
  readonly placeBound: boolean;
  /** Whether the command line itself stands in the output. */
  readonly recordsCommand: boolean;
  /** Whether the main output names itself or its side files inside, so that the spelling counts. */
  readonly namesOutput: boolean;
  /** Whether a precompiled header, if clang makes it, holds the times of its headers. */
  readonly pchTimes: boolean;
  /** Directories that are searched, as written, in order: for the fallback's model and for the roots. */
  readonly searchPaths: readonly string[];
  /** `-O…` without the dash's letter, and `--target`, for reports. */
  readonly optLevel: string | undefined;
  readonly target: string | undefined;
}
