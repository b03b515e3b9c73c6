// A run of a C or C++ compiler, as what learns from it sees it. Types only.
import type { Stat } from "../../base/file.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import type { EndedRun } from "../compile/run-plan.ts";
import type { Capture } from "./capture.ts";

/** The places of a probe's outputs before it runs. */
export interface PlacesBefore {
  /** What the call says of them (`OUTPUTS_FLAG`). */
  readonly flag: string | undefined;
  /** By path, what was there. */
  readonly there: ReadonlyMap<string, Stat>;
}

/** A compiler run that has ended. What it printed is coloured where the compiler could be asked for that. */
export interface CcRun extends EndedRun {
  readonly family: CcFamily;
  /** What was in the places of a probe's outputs before it. */
  readonly before: PlacesBefore | undefined;
  /** What the compiler was asked to tell where it is not watched. */
  readonly capture: Capture | undefined;
}
