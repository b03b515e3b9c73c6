// Makes sure dist/kache exists and is newer than every file it is made from.
import { join } from "node:path";
import { executable, isOutOfDate } from "../build.ts";
import { StartFailure } from "./failure.ts";
import { startProgress } from "./progress.ts";

/** Builds kache unless an up-to-date executable is there, and returns its path. */
export async function ensureKache(): Promise<string> {
  if (!isOutOfDate()) return executable;
  const progress = startProgress("Building kache", process.stderr);
  // A process of its own, so that what the tools print is shown only when it is of use.
  const build = Bun.spawn([process.execPath, join(import.meta.dir, "..", "build.ts")], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, messages, status] = await Promise.all([
    build.stdout.text(),
    build.stderr.text(),
    build.exited,
  ]);
  if (status !== 0) {
    progress.abandon();
    throw new StartFailure(`building kache failed:\n${printed}${messages}`.trimEnd(), status);
  }
  progress.done("dist/kache");
  return executable;
}
