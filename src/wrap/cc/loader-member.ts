// Which of the libraries of a name the loader's cache gives a compiler, as a member.
import { statPath } from "../../base/file.ts";
import type { Member } from "../../key/input-set.ts";
import { LOADER_CACHE, LOADER_LIST, loaderFlag, loaderText } from "../../key/loader-cache.ts";
import { isOlder } from "../compile/freshness.ts";
import type { CcRun } from "./cc-run.ts";

/** The member for the libraries that a run was given, or why nobody knows what the loader was told. */
export function loaderMember(
  { startStamp }: Pick<CcRun, "startStamp">,
  libraries: Iterable<string>,
): Member | string {
  for (const path of [LOADER_CACHE, LOADER_LIST]) {
    const stat = statPath(path);
    const isChanged = typeof stat === "object" && !isOlder(stat, startStamp);
    if (isChanged) return `${path} changed while the compiler ran`;
  }
  const name = loaderFlag(libraries);
  return { kind: "flag", name, value: loaderText(name) };
}
