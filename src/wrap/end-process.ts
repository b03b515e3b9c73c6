// The end of a call as the end of this process.
import { writeAll } from "../base/file.ts";
import { exitNow } from "../base/libc.ts";
import type { Caller, End } from "./caller.ts";

/** As the launcher says it (native/launcher/frames.h). */
const LOST = "kache: what the compiler printed could not be written\n";

/**
 * Ends this process as the compiler ended or would have, or replaces it by the compiler. One whose output was cut
 * short would have failed (gcc: 1).
 */
export async function endProcess(end: End, { isShort }: Caller): Promise<never> {
  if (end.kind === "exited") {
    if (end.code !== 0 || !isShort) return exitNow(end.code);
    const STDERR = 2;
    writeAll(STDERR, new TextEncoder().encode(LOST));
    return exitNow(1);
  }
  const { endLike, passthrough } = await import("./no-hit.ts");
  return end.kind === "handover" ? passthrough(end.handover) : endLike(end);
}
