// Pure: what two compiles of one unit read → what differs, in words, down to the one name or variable
// where the parts of a digest were kept.
import { baseName } from "../base/path.ts";
import { OUT_DIR_CONTENT } from "../key/input-set.ts";
import type { InputMember, Inputs } from "../store/entry-inputs.ts";
import { ARTIFACT, type ExternChange } from "./extern-change.ts";
import { changedValue, shownPath } from "./shown-value.ts";

/** What differs among the members. */
export interface MemberDifferences {
  readonly words: readonly string[];
  /** Crates' artifacts that a link took in. */
  readonly crates: readonly ExternChange[];
}

/** Compares what was read. */
export function compareMembers(before: Inputs, now: Inputs): MemberDifferences {
  const old = byName(before.members);
  const fresh = byName(now.members);
  const changed: string[] = [];
  const followed: string[] = [];
  const crates: ExternChange[] = [];
  for (const name of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(name), fresh.get(name)];
    if (was !== undefined && is !== undefined) {
      if (was.kind === is.kind && was.value === is.value) continue;
      const crate = crateChange(was, is);
      if (crate !== undefined) crates.push(crate);
      else changed.push(...(partsWords(was, is, before, now) ?? [memberWords(was, is)]));
    } else {
      const one = was ?? is;
      if (one !== undefined && one.kind !== "absent")
        followed.push(onlyOnceWords(one, is !== undefined));
    }
  }
  // What is read only in one of two compiles follows from what changed, unless nothing did.
  return { words: changed.length + crates.length > 0 ? changed : followed, crates };
}

/** Looking for a path and reading it are two answers to one question: kinds of paths share a name. */
function byName(members: readonly InputMember[]): Map<string, InputMember> {
  const ON_PATHS = new Set(["file", "absent", "present"]);
  return new Map(
    members.map((one) => [`${ON_PATHS.has(one.kind) ? "path" : one.kind}\0${one.name}`, one]),
  );
}

/** A crate that stands among cargo's artifacts. */
function crateChange(was: InputMember, is: InputMember): ExternChange | undefined {
  if (was.kind !== "file" || is.kind !== "file") return undefined;
  const file = baseName(is.name);
  const [, crate, unit] = ARTIFACT.exec(file) ?? [];
  if (crate === undefined || unit === undefined) return undefined;
  return { crate, before: { unit, digest: was.value }, now: { unit, digest: is.value } };
}

function memberWords(was: InputMember, is: InputMember): string {
  const name = shownPath(is.name);
  if (was.kind === "absent") return `${name} exists now; it was looked for and not there`;
  if (is.kind === "absent") return `${name} is gone`;
  if (was.kind !== is.kind)
    return `${name} is ${is.kind === "present" ? "a directory" : "a file"} now`;
  switch (is.kind) {
    case "env":
      return is.name === OUT_DIR_CONTENT
        ? "what lies in OUT_DIR changed"
        : changedValue(`env ${is.name}`, was.value, is.value);
    case "env-path":
      return changedValue(`env ${is.name}`, was.value, is.value);
    case "environ":
      return "the environment changed, and a program read all of it";
    case "times":
      return `the times of ${name} changed, and a macro writes times down`;
    case "leads":
      return changedValue(`where ${name} leads`, was.value, is.value);
    case "link":
      return `the link ${name} changed`;
    case "mode":
      return `the mode of ${name} changed`;
    case "listing":
      return `the names in ${name} changed`;
    case "tree":
      return `something below ${name} changed`;
    case "flag":
      if (is.name.startsWith("program "))
        return changedValue(`the ${is.name} along PATH`, was.value, is.value);
      return is.name.startsWith("unusable ")
        ? changedValue(is.name, was.value, is.value)
        : "how messages are shown changed";
    case "clippy":
      return "clippy's configuration changed";
    case "date":
      return "the day changed, and an output holds it";
    case "place":
      return `an output holds the literal path of ${is.name}: ${was.value ?? ""} -> ${is.value ?? ""}`;
    default:
      return `${name} changed`;
  }
}

function onlyOnceWords({ kind, name }: InputMember, now: boolean): string {
  const what = kind === "env" ? `env ${name}` : shownPath(name);
  return now ? `${what} is read now` : `${what} is no longer read`;
}

/** The single parts that differ, where both compiles kept them. */
function partsWords(
  was: InputMember,
  is: InputMember,
  before: Inputs,
  now: Inputs,
): string[] | undefined {
  const [old, fresh] = [partsOf(was, before), partsOf(is, now)];
  if (old === undefined || fresh === undefined) return undefined;
  const words: string[] = [];
  for (const name of new Set([...old.keys(), ...fresh.keys()])) {
    const [had, has] = [old.get(name), fresh.get(name)];
    if (had !== has) words.push(partWords(is, name, { had, has }));
  }
  // A directory's own line says no more than the lines of what lies in it.
  const telling = words.filter((text) => !/\/ (appeared|is gone)$/.test(text));
  return telling.length > 0 ? telling : undefined;
}

function partsOf(
  { kind, name }: InputMember,
  { details }: Inputs,
): Map<string, string> | undefined {
  const found = details.find((one) => one.kind === kind && one.name === name);
  if (found === undefined) return undefined;
  return new Map(
    found.lines.map((line): [string, string] => {
      const [part = "", ...value] = line.split("\0");
      return [part, value.join("\0")];
    }),
  );
}

function partWords(
  { kind, name }: InputMember,
  part: string,
  { had, has }: { readonly had: string | undefined; readonly has: string | undefined },
): string {
  if (kind === "environ") {
    const how = had === undefined ? "is set now" : has === undefined ? "is unset now" : "changed";
    return `env ${part} ${how}, and a program read the whole environment`;
  }
  const path = kind === "env" ? `OUT_DIR/${part}` : `${shownPath(name)}/${part}`;
  return had === undefined
    ? `${path} appeared`
    : has === undefined
      ? `${path} is gone`
      : `${path} changed`;
}
