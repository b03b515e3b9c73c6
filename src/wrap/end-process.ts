// The end of a call as the end of this process.
import { writeAll } from "../base/file.ts";
import { exitNow } from "../base/libc.ts";
import { type Caller, type End, STDERR } from "./call/caller.ts";

const SIGPIPE = 13;

/** As the launcher says it (native/launcher/frames.h). */
const LOST = "kache: what the compiler printed could not be written\n";

/**
 * Ends this process as the compiler ended or would have, or replaces it by the compiler. One whose output was cut
 * short would have failed (gcc: 1), or ended by the pipe that broke.
 */
export async function endProcess(end: End, { isShort, isLeft }: Caller): Promise<never> {
  const isFine = end.kind === "exited" && end.code === 0;
  if (end.kind === "exited" && !(isFine && isLeft)) {
    if (!isFine || !isShort) return exitNow(end.code);
    writeAll(STDERR, new TextEncoder().encode(LOST));
    return exitNow(1);
  }
  const { endLike, passthrough } = await import("./no-hit.ts");
  if (end.kind === "handover") return passthrough(end.handover);
  return endLike(isFine ? { kind: "signaled", signal: SIGPIPE } : end);
}
