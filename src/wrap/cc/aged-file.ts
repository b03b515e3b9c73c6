// `#pragma GCC dependency "parser.y"` has the compiler compare files' times and warn of one that is younger than the
// source: what it says of the same files is another thing tomorrow.
import { bufferOf } from "../../base/bytes.ts";
import { type Digest, digestOf } from "../../base/digest.ts";
import { readFileBytes } from "../../base/file.ts";
import type { CcUnit } from "./cc-unit.ts";

/** Between two words of a directive: blanks, comments and ends of lines that go on. */
const BETWEEN = String.raw`(?:\s|\\\r?\n|/\*[^]*?\*/)+`;
/** Also as the text of a _Pragma. */
const DEPENDENCY = new RegExp(String.raw`\b(?:GCC|clang)${BETWEEN}dependency\b`);

/** Digests of texts that compare no times, for the calls of one process; forgotten when there are too many. */
const harmless = new Set<Digest>();
const HARMLESS_MAX = 1 << 16;

/** Why the messages cannot be kept: a text that was read compares times. */
export function agedFile({ stdin, place }: CcUnit, reads: Iterable<string>): string | undefined {
  for (const path of reads) {
    const known = place.digests.of(path);
    if (typeof known === "object" && harmless.has(known.digest)) continue;
    const bytes = readFileBytes(path);
    if (typeof bytes !== "string" && comparesTimes(bytes)) return COMPARES;
  }
  return stdin !== undefined && comparesTimes(stdin) ? COMPARES : undefined;
}

const COMPARES = "#pragma GCC dependency compares files' times";

function comparesTimes(bytes: Uint8Array): boolean {
  const text = bufferOf(bytes);
  if (text.includes("dependency") && DEPENDENCY.test(text.toString("latin1"))) return true;
  if (harmless.size >= HARMLESS_MAX) harmless.clear();
  harmless.add(digestOf(bytes));
  return false;
}
