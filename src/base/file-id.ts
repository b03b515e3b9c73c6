// Which file it is, as a text, and whether it was written to.
import type { Stat } from "./file.ts";

/** One text per file, whatever its names and content: its device and inode. */
export function fileId({ dev, inoHigh, inoLow }: Stat): string {
  return `${dev} ${inoHigh} ${inoLow}`;
}

/** Whether two stats of one file have the same size and time of writing; a link moves neither. */
export function sameWriting(a: Stat, b: Stat): boolean {
  return a.size === b.size && a.mtimeSec === b.mtimeSec && a.mtimeNsec === b.mtimeNsec;
}
