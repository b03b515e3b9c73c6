// A C or C++ compiler call as recognised, before its arguments are understood.
import type { CcSpelling } from "./cc-compile.ts";

/** One call. */
export interface CcCall {
  /** The compiler as called: one word; two for drivers such as `zig cc`. */
  readonly compiler: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly spelling: CcSpelling;
}
