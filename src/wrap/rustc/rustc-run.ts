// What is known of a run of rustc once it has ended. Types only.
import type { PhysicalOutDir } from "../../key/out-dir.ts";
import type { EndedRun } from "../compile/run-plan.ts";

/** A compiler run that has ended. What it printed has remapped names, as rustc wrote them. */
export interface RustcRun extends EndedRun {
  readonly outDir: PhysicalOutDir | undefined;
  readonly depInfo: string;
  /** What rustc says of a dep-info file that only we asked for. */
  readonly ownNotice: string | undefined;
  /** Where the linker was asked to write what it read, when nobody watched it. */
  readonly linkInfo: string | undefined;
}
