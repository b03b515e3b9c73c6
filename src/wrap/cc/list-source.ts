// A list of includes (a unity source) counts by its text with the paths mapped. What shows more of it than the files that
// it names is its place's own.
import { readFileBytes } from "../../base/file.ts";
import { baseName } from "../../base/path.ts";
import { bufferOf } from "../../base/bytes.ts";
import { sharedList } from "../../key/derive-cc-key.ts";
import { allPlaceMembers, type Member } from "../../key/input-set.ts";
import { absolute } from "../unit/unit.ts";
import type { CcRun } from "./cc-run.ts";
import type { CcUnit } from "./cc-unit.ts";

/** The members that bind what was made of such a list to its place where the paths in it show. */
export function listMembers(
  unit: CcUnit,
  { family, stderr }: Pick<CcRun, "family" | "stderr">,
): Member[] {
  const { compile, place } = unit;
  if (sharedList(compile, place) === undefined) return [];
  const said = new TextDecoder().decode(stderr);
  const isShown = namesLine(said, baseName(compile.source));
  if (!isShown && (family === "gcc" || !holdsDigests(unit))) return [];
  return allPlaceMembers(place.roots);
}

/** How messages say by which files another was included. */
const WAY = /^(?:In file included| {16}) from /;

/** Whether messages are about the list's own lines: how long a path in it is shows in them. */
function namesLine(said: string, name: string): boolean {
  return said
    .split("\n")
    .some((line) => !WAY.test(line) && (line.includes(name) || /#include ?["<]\//.test(line)));
}

/** What debug information is kept in, for every format of objects, and the beginning of LLVM's code. */
const DIGESTED = ["debug_line", "debug_info", ".debug$S", "BC\xc0\xde"];

/** Whether clang may have written down digests of its sources: it does among debug information. */
function holdsDigests(unit: CcUnit): boolean {
  const { mainOutput } = unit.compile;
  const bytes = mainOutput === undefined ? "" : readFileBytes(absolute(unit, mainOutput));
  if (typeof bytes === "string") return true;
  return DIGESTED.some((mark) => bufferOf(bytes).includes(mark, 0, "latin1"));
}
