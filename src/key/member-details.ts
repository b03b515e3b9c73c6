// What stands behind a member that is a digest of many things: the lines it was made of, kept beside an
// entry so that a later miss can be explained by the one name, file or variable that changed. Never read
// by a look-up. A variable's value is kept as a digest only.
import { digestOf } from "../base/digest.ts";
import { listNames } from "../base/directory.ts";
import {
  type CheckPlace,
  countedVariables,
  type Member,
  memberPath,
  ALL,
  OUT_DIR_CONTENT,
  PACKAGE,
  treeLines,
} from "./input-set.ts";

/** The parts of one member: `name` and, where it has content of its own, `name NUL digest`. */
export interface MemberDetail {
  readonly kind: string;
  readonly name: string;
  readonly lines: readonly string[];
}

/** More would be no explanation. */
const LINES_MAX = 2000;

/** The parts of those members that have any. */
export function memberDetails(members: readonly Member[], place: CheckPlace): MemberDetail[] {
  return members.flatMap((member) => {
    const lines = linesOf(member, place);
    const { kind, name } = member;
    return lines === undefined || lines.length > LINES_MAX ? [] : [{ kind, name, lines }];
  });
}

function linesOf(member: Member, place: CheckPlace): readonly string[] | undefined {
  switch (member.kind) {
    case "environ":
      return countedVariables(place.env, member.name).map((name) => {
        const SHORT = 16;
        return `${name}\0${digestOf(place.env[name] ?? "").slice(0, SHORT)}`;
      });
    case "env": {
      const dir = member.name === OUT_DIR_CONTENT ? place.env["OUT_DIR"] : undefined;
      return dir === undefined ? undefined : treeLines(dir, place.digests, ALL);
    }
    case "tree": {
      const dir = memberPath(member.name, place);
      return dir === undefined ? undefined : treeLines(dir, place.digests, PACKAGE);
    }
    case "listing": {
      // The system's own directories are long and change as a whole.
      const dir = member.name.startsWith("<") ? memberPath(member.name, place) : undefined;
      const names = dir === undefined ? "absent" : listNames(dir);
      return typeof names === "string" ? undefined : names;
    }
    default:
      return undefined;
  }
}
