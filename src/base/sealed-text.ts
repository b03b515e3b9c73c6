// Texts on the disk that damage must not change unseen: a line with the digest of all that follows, then the text.
import { writeFileAtomic } from "./atomic-write.ts";
import { digestOf } from "./digest.ts";
import { readText } from "./file.ts";

/** Writes a text with its digest in front; a fault only means that there is none. */
export function writeSealed(path: string, text: string): void {
  writeFileAtomic(path, `${digestOf(text)}\n${text}`);
}

/** The text; undefined where there is none, or another one than was written. */
export function readSealed(path: string): string | undefined {
  const record = readText(path) ?? "";
  const end = record.indexOf("\n");
  const text = record.slice(end + 1);
  return end >= 0 && record.slice(0, end) === digestOf(text) ? text : undefined;
}
