// A run of a C or C++ compiler, as what learns from it sees it.
import type { Stat } from "../../base/file.ts";
import type { ChildEnd } from "../../base/spawn.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import type { Watch } from "../../observe/watch.ts";
import type { Standing } from "../unit/language.ts";
import type { Capture } from "./capture.ts";

/** The places of a probe's outputs before it runs. */
export interface PlacesBefore {
  /** What the call says of them (`OUTPUTS_FLAG`). */
  readonly flag: string | undefined;
  /** By path, what was there. */
  readonly there: ReadonlyMap<string, Stat>;
}

/** A compiler run that has ended. */
export interface CcRun {
  readonly end: ChildEnd;
  readonly pid: number;
  readonly family: CcFamily;
  /** What was in the places of a probe's outputs before it. */
  readonly before: PlacesBefore | undefined;
  /** What was printed, coloured where the compiler could be asked for that. */
  readonly stdout: Uint8Array | undefined;
  readonly stderr: Uint8Array | undefined;
  readonly watch: Watch | undefined;
  /** What the compiler was asked to tell where it is not watched. */
  readonly capture: Capture | undefined;
  /** Taken from the file-write clock just before the start: an input not older may have changed. */
  readonly startStamp: Stat | undefined;
  /** Directories that builds write to, as they were just before that. */
  readonly standing: Standing;
}
