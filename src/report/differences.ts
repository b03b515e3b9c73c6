// Pure: the inputs of two compiles → what differs, in words. Values that may be secrets are masked.
import type { InputField, InputMember, Inputs } from "../store/entry-inputs.ts";

/** An extern crate whose artifact differs. */
export interface ExternChange {
  readonly crate: string;
  /** Cargo's `-C extra-filename` before and now: the same unless it is another unit. */
  readonly unitBefore: string | undefined;
  readonly unitNow: string | undefined;
}

/** What differs between two compiles. */
export interface Differences {
  readonly words: readonly string[];
  readonly externs: readonly ExternChange[];
}

/** Compares two compiles of one unit, the earlier first. */
export function compareInputs(before: Inputs, now: Inputs): Differences {
  const externs: ExternChange[] = [];
  const fields = compareFields(before.fields, now.fields, externs);
  const members = compareMembers(before.members, now.members);
  return { words: [...fields, ...members], externs };
}

const VALUE_SHOWN = 60;
const DIGEST = /^[0-9a-f]{64}$/;

/** A value as it may be shown: shortened, and never a secret. */
function shownValue(name: string, value: string | undefined): string {
  if (value === undefined) return "unset";
  if (/TOKEN|SECRET|PASSWORD|KEY/i.test(name)) return "(masked)";
  const line = value.replaceAll("\n", " ");
  return `"${line.length > VALUE_SHOWN ? `${line.slice(0, VALUE_SHOWN)}…` : line}"`;
}

function changedValue(name: string, before: string | undefined, now: string | undefined): string {
  const [old, fresh] = [shownValue(name, before), shownValue(name, now)];
  return old === fresh ? `${name} changed ${old}` : `${name}: ${old} -> ${fresh}`;
}

function groupFields(fields: readonly InputField[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { label, value } of fields) groups.set(label, [...(groups.get(label) ?? []), value]);
  return groups;
}

function compareFields(
  before: readonly InputField[],
  now: readonly InputField[],
  externs: ExternChange[],
): string[] {
  const old = groupFields(before);
  const fresh = groupFields(now);
  const words: string[] = [];
  for (const label of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(label), fresh.get(label)];
    if (was?.join("\n") === is?.join("\n")) continue;
    if (label.startsWith("extern ")) {
      const change = externChange(label, was?.[0], is?.[0]);
      externs.push(change);
      words.push(externWords(change));
    } else {
      words.push(fieldWords(label, was ?? [], is ?? []));
    }
  }
  return words;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["toolchain", "the compiler or its standard library changed"],
  ["linker", "the linker changed"],
  ["driver", "the compiler is called by another driver"],
  ["native cpu", "the processor is another one (target-cpu=native)"],
  ["key_salt", "the key salt changed"],
  ["kache.toml", "kache.toml beside Cargo.toml changed"],
]);

function fieldWords(label: string, was: readonly string[], is: readonly string[]): string {
  const named = NAMED.get(label);
  if (named !== undefined) return named;
  const gone = was.filter((value) => !is.includes(value));
  const come = is.filter((value) => !was.includes(value));
  if ([...gone, ...come].every((value) => DIGEST.test(value))) return `${label} changed`;
  if (gone.length === 0 && come.length === 0) return `${label}: the order changed`;
  const values = (list: readonly string[]) => list.map((one) => shownValue(label, one)).join(", ");
  if (was.length === 0) return `${label} is new: ${values(come)}`;
  if (is.length === 0) return `${label} is gone: ${values(gone)}`;
  if (gone.length === 0) return `${label} gained ${values(come)}`;
  if (come.length === 0) return `${label} lost ${values(gone)}`;
  return changedValue(label, gone.join(", "), come.join(", "));
}

/** `libfoo-0123456789abcdef.rlib <digest>` */
const ARTIFACT = /^lib(.+?)(-[0-9a-f]{16})?\.[a-z]+(?: |$)/;

function externChange(
  label: string,
  was: string | undefined,
  is: string | undefined,
): ExternChange {
  const [old, fresh] = [ARTIFACT.exec(was ?? ""), ARTIFACT.exec(is ?? "")];
  const named = label.slice(label.lastIndexOf(":") + 1);
  return { crate: fresh?.[1] ?? old?.[1] ?? named, unitBefore: old?.[2], unitNow: fresh?.[2] };
}

function externWords({ crate, unitBefore, unitNow }: ExternChange): string {
  if (unitBefore === undefined && unitNow !== undefined) return `extern crate ${crate} is new`;
  if (unitNow === undefined && unitBefore !== undefined) return `extern crate ${crate} is gone`;
  if (unitBefore !== unitNow)
    return `extern crate ${crate} is built with other features, version or profile`;
  return `extern crate ${crate} changed`;
}

function compareMembers(before: readonly InputMember[], now: readonly InputMember[]): string[] {
  const old = byName(before);
  const fresh = byName(now);
  const changed: string[] = [];
  const followed: string[] = [];
  for (const name of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(name), fresh.get(name)];
    if (was !== undefined && is !== undefined) {
      if (was.kind !== is.kind || was.value !== is.value) changed.push(memberWords(was, is));
    } else {
      const one = was ?? is;
      if (one !== undefined && one.kind !== "absent")
        followed.push(onlyOnceWords(one, is !== undefined));
    }
  }
  // What is read only in one of two compiles follows from what changed, unless nothing did.
  return changed.length > 0 ? changed : followed;
}

/**
 * Looking for a path and reading it are two answers to one question: kinds of paths share a name.
 */
function byName(members: readonly InputMember[]): Map<string, InputMember> {
  const ON_PATHS = new Set(["file", "absent"]);
  return new Map(
    members.map((one) => [`${ON_PATHS.has(one.kind) ? "path" : one.kind}\0${one.name}`, one]),
  );
}

function memberWords(was: InputMember, is: InputMember): string {
  if (was.kind === "absent") return `${is.name} exists now; it was looked for and not there`;
  if (is.kind === "absent") return `${is.name} is gone`;
  switch (is.kind) {
    case "file":
      return `${is.name} changed`;
    case "env":
      return DIGEST.test(is.value ?? "")
        ? `${is.name} changed`
        : `env ${changedValue(is.name, was.value, is.value)}`;
    case "environ":
      return "the environment changed, and a program read all of it";
    case "listing":
      return `the names in ${is.name} changed`;
    case "tree":
      return `something below ${is.name} changed`;
    case "flag":
      return "how messages are shown changed";
    case "place":
      return `an output holds the literal path of ${is.name}: ${was.value ?? ""} -> ${is.value ?? ""}`;
    default:
      return `${is.name} changed`;
  }
}

function onlyOnceWords({ kind, name }: InputMember, now: boolean): string {
  const what = kind === "env" ? `env ${name}` : name;
  return now ? `${what} is read now` : `${what} is no longer read`;
}
