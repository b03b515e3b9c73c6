// Paths with the stamps they had, as records hold them: a block of paths (base/many-paths.ts, pathBlock), then
// their stamps (stampPaths). Bytes that are handed to the kernel and compared as they are.
import { STAMP_BYTES, stampPaths } from "../base/many-paths.ts";

/** Whether a block of paths is followed by the very stamps that the files have now. */
export function isUnchanged(body: Uint8Array, count: number): boolean {
  const stampsAt = body.length - count * STAMP_BYTES;
  if (!Number.isSafeInteger(stampsAt) || count < 1 || stampsAt < count) return false;
  if (body[stampsAt - 1] !== 0) return false;
  const now = stampPaths(body.subarray(0, stampsAt), count);
  return Buffer.compare(now, body.subarray(stampsAt)) === 0;
}
