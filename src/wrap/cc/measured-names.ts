// clang's names of functions hold the full paths of the lambdas and unnamed types in them, whatever the maps say. What a
// text does with such a name, its length or its digest, shows in no path of the object.
import { readFileBytes } from "../../base/file.ts";
import { memberPath, type Member, allPlaceMembers } from "../../key/input-set.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./cc-run.ts";
import { namesPlace } from "./named-place.ts";

const NAMES = ["__PRETTY_FUNCTION__", "__builtin_FUNCSIG", "__FUNCSIG__"];

/** The members that bind a C++ compile to its place where a text of the project asks for such names. */
export function measuredMembers(
  { compile, place }: CcUnit,
  { family }: Pick<CcRun, "family">,
  read: readonly Member[],
): Member[] {
  if (family === "gcc" || !compile.language.includes("++") || !namesPlace(compile, place))
    return [];
  const asks = read.some(({ kind, name }) => {
    if (kind !== "file" || name.startsWith("/")) return false;
    const bytes = readFileBytes(memberPath(name, place) ?? "");
    return typeof bytes === "string" || NAMES.some((one) => Buffer.from(bytes).includes(one));
  });
  return asks ? allPlaceMembers(place.roots) : [];
}
