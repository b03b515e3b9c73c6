// `kache daemon …`: answers at once, for scripts written for versions that have one.
import { Exit, warn } from "../context.ts";

/** Runs the command. */
export function run(): number {
  warn("error: no daemon is running; this version works without one");
  return Exit.Failed;
}
