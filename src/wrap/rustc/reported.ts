// What is known of a compile's reads beside the observation.
import type { DepInfo } from "../../compiler/rustc/dep-info.ts";

/** What the reader knows beside the observation. */
export interface Reported {
  readonly depInfo: DepInfo;
  /** Variables that the compiler driver asked for on its own account. */
  readonly ownReads: ReadonlySet<string>;
  /** Variables that only led to sources: they count as mapped paths. */
  readonly locators: ReadonlySet<string>;
}
