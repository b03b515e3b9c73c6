// What a macro makes and takes away again, and what it opens for writing and leaves as it was.
import { lstatPath } from "../../base/file.ts";
import { isWithin } from "../../base/path.ts";
import type { Member } from "../../key/input-set.ts";
import { isSystemHabit } from "../../key/system-files.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import { isOlder } from "../compile/freshness.ts";
import { macrosAmong } from "./loaded-crates.ts";
import type { RustcRun } from "./rustc-run.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { touchersIn } from "./surroundings.ts";

/**
 * What a macro, or a program that it started, wrote or made and what is gone again: that it was not there before, for
 * otherwise it is told so, or takes away another's file. What is as it was (a lock) was opened with what it held, be
 * that nothing.
 */
export function touchedMembers(
  unit: RustcUnit,
  run: RustcRun,
  seen: UsableObservation,
  name: (path: string) => string,
): Member[] {
  const programs = touchersIn(unit, seen);
  const none = [unit.layout.cacheDir, ...(run.outDir === undefined ? [] : [run.outDir.physical])];
  const members: Member[] = [];
  for (const [path, by] of seen.touched) {
    if (programs.isDisjointFrom(by) && macrosAmong(unit, seen, by).length === 0) continue;
    if (isSystemHabit(path) || none.some((dir) => isWithin(path, dir))) continue;
    const stat = lstatPath(path);
    if (stat === "absent") {
      members.push({ kind: "absent", name: name(path), value: undefined });
      members.push({ kind: "link", name: name(path), value: undefined });
    } else if (stat !== "unreadable" && stat.kind === "file" && isOlder(stat, run.startStamp))
      members.push({ kind: "file", name: name(path), value: undefined });
  }
  return members;
}
