// What is known of a run of rustc once it has ended. Types only.
import type { Stat } from "../../base/file.ts";
import type { ChildEnd } from "../../base/spawn.ts";
import type { PhysicalOutDir } from "../../key/out-dir.ts";
import type { Watch } from "../../observe/watch.ts";
import type { Standing } from "../unit/language.ts";

/** A compiler run that has ended. */
export interface RustcRun {
  readonly end: ChildEnd;
  readonly pid: number;
  /** What was printed, with remapped names as rustc wrote them; undefined when too much to keep. */
  readonly stdout: Uint8Array | undefined;
  readonly stderr: Uint8Array | undefined;
  readonly outDir: PhysicalOutDir | undefined;
  readonly watch: Watch | undefined;
  /** Taken from the file-write clock just before the start: an input not older may have changed. */
  readonly startStamp: Stat | undefined;
  /** Directories that builds write to, as they were just before that. */
  readonly standing: Standing;
  readonly depInfo: string;
  /** What rustc says of a dep-info file that only we asked for. */
  readonly ownNotice: string | undefined;
  /** Where the linker was asked to write what it read, when nobody watched it. */
  readonly linkInfo: string | undefined;
}
