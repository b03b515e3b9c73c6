// A C or C++ unit: what the stages' answers for it are made of.
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import type { CcMake } from "../../key/cc-family.ts";
import type { CcKeyPlace } from "../../key/derive-cc-key.ts";
import type { UnitBase } from "../unit/unit.ts";

/** One cacheable C or C++ compiler call. */
export interface CcUnit extends UnitBase {
  readonly compile: CcCompile;
  readonly place: CcKeyPlace;
  /** Whose compiler it is: found out when somebody first asks. */
  readonly make: () => CcMake;
  /** Whether standard error is a terminal that the compiler would colour its messages for. */
  readonly terminal: boolean;
  /** The source, where it comes through standard input. */
  readonly stdin: Uint8Array | undefined;
}
