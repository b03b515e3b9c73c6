// The end of a call as the end of this process.
import { exitNow } from "../base/libc.ts";
import type { End } from "./caller.ts";

/** Ends this process as the compiler ended or would have, or replaces it by the compiler. */
export async function endProcess(end: End): Promise<never> {
  if (end.kind === "exited") return exitNow(end.code);
  const { endLike, passthrough } = await import("./no-hit.ts");
  return end.kind === "handover" ? passthrough(end.handover) : endLike(end);
}
