// Files of one content that a compile read under several names. Whether they are one file to the compiler decides
// what `#pragma once` and `#import` leave out and which name stands in the output, and no content tells: clang goes
// by the inode, gcc by the second of the last change.
import { statPath } from "../../base/file.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import { type CheckPlace, type Member, memberPath } from "../../key/input-set.ts";

/** The beginnings of the flags that say which of some files, NUL between their names, are one by inode or by time. */
const BY_INODE = "one by inode ";
const BY_TIME = "one by time ";

type Place = Pick<CheckPlace, "cwd" | "roots">;

/** What keeps files of one content apart, for the files among these members. */
export function twinMembers(
  members: readonly Member[],
  family: CcFamily,
  place: Place,
): readonly Member[] {
  const namesOf = new Map<string, Set<string>>();
  for (const { kind, name, value } of members) {
    if (kind !== "file" || value === undefined) continue;
    const names = namesOf.get(value);
    if (names === undefined) namesOf.set(value, new Set([name]));
    else names.add(name);
  }
  const flags = [family === "gcc" ? [] : [BY_INODE], family === "clang" ? [] : [BY_TIME]].flat();
  return [...namesOf.values()].flatMap((names) => {
    if (names.size < 2) return [];
    const list = [...names].sort().join("\0");
    return flags.map((flag): Member => {
      return { kind: "flag", name: flag + list, value: twinsText(flag + list, place) };
    });
  });
}

/** The value of such a flag here: for each file the number of the first that is the same. Undefined for other flags. */
export function twinsText(flag: string, place: Place): string | undefined {
  const way = [BY_INODE, BY_TIME].find((beginning) => flag.startsWith(beginning));
  if (way === undefined) return undefined;
  const marks = flag
    .slice(way.length)
    .split("\0")
    .map((name) => {
      const path = memberPath(name, place);
      const stat = path === undefined ? "absent" : statPath(path);
      if (typeof stat === "string") return stat;
      return way === BY_TIME
        ? String(stat.mtimeSec)
        : [stat.dev, stat.inoHigh, stat.inoLow].join(" ");
    });
  return marks.map((mark) => String(marks.indexOf(mark))).join(" ");
}
