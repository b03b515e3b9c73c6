// A C or C++ compiler call as recognised, before its arguments are understood.
import type { CcSpelling } from "./cc-compile.ts";

/** One call. */
export interface CcCall {
  /** The compiler as called: one word; two for drivers such as `zig cc`. */
  readonly compiler: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly spelling: CcSpelling;
}

/** The words of one call, as the parsers take them. */
export interface CcWords {
  readonly compiler: readonly [string, ...string[]];
  /** As they are passed on. */
  readonly args: readonly string[];
  /** The same with argument files expanded. */
  readonly expanded: readonly string[];
  readonly argumentFiles: readonly string[];
  /** Flags that the user vouches for (`extra_allowlist_flags`). */
  readonly allowed: ReadonlySet<string>;
}
