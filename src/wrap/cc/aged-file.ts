// `#pragma GCC dependency "parser.y"` has the compiler compare files' times and warn of one that is younger than the
// source: what it says of the same files is another thing tomorrow.
import { readFileBytes } from "../../base/file.ts";
import type { CcUnit } from "./cc-unit.ts";

/** Between two words of a directive: blanks, comments and ends of lines that go on. */
const BETWEEN = String.raw`(?:\s|\\\r?\n|/\*[^]*?\*/)+`;
/** Also as the text of a _Pragma. */
const DEPENDENCY = new RegExp(String.raw`\b(?:GCC|clang)${BETWEEN}dependency\b`);

/** Why the messages cannot be kept: a text that was read compares times. */
export function agedFile({ stdin }: CcUnit, reads: Iterable<string>): string | undefined {
  for (const source of [...(stdin === undefined ? [] : [stdin]), ...reads]) {
    const bytes = typeof source === "string" ? readFileBytes(source) : source;
    if (typeof bytes === "string") continue;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (text.includes("dependency") && DEPENDENCY.test(text.toString("latin1"))) {
      return "#pragma GCC dependency compares files' times";
    }
  }
  return undefined;
}
