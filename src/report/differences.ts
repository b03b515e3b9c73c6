// Pure: the inputs of two compiles → what differs, in words. Values that may be secrets are masked.
import type { InputField, Inputs } from "../store/entry-inputs.ts";
import { ARTIFACT, type ExternChange, externWords, fileAndDigest } from "./extern-change.ts";
import { compareMembers } from "./member-differences.ts";
import { changedValue, DIGEST, shownValue } from "./shown-value.ts";

/** What differs between two compiles. */
export interface Differences {
  readonly words: readonly string[];
  readonly externs: readonly ExternChange[];
  /** Whether both were called alike. */
  readonly sameCall: boolean;
}

/** Compares two compiles of one unit, the earlier first. */
export function compareInputs(before: Inputs, now: Inputs): Differences {
  const externs: ExternChange[] = [];
  const fields = compareFields(before.fields, now.fields, externs);
  const members = compareMembers(before, now);
  // A crate below that a link takes in stands among the members; a direct one is in the key already.
  const named = new Set(externs.map(({ crate }) => crate));
  const below = members.crates.filter(({ crate }) => !named.has(crate));
  return {
    words: [...fields, ...below.map(externWords), ...members.words],
    externs: [...externs, ...below],
    sameCall: fields.length === 0,
  };
}

function groupFields(fields: readonly InputField[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { label, value } of fields) groups.set(label, [...(groups.get(label) ?? []), value]);
  return groups;
}

/** Notes for people, the hashes cargo makes of what has fields of its own, and a source's bytes (a member). */
const TOLD_OTHERWISE = new Set([
  "toolchain version",
  "-C metadata",
  "-C extra-filename",
  "source's text",
]);

function compareFields(
  before: readonly InputField[],
  now: readonly InputField[],
  externs: ExternChange[],
): string[] {
  const old = groupFields(before);
  const fresh = groupFields(now);
  const words: string[] = [];
  const differs = (label: string) => old.get(label)?.join("\n") !== fresh.get(label)?.join("\n");
  for (const label of new Set([...old.keys(), ...fresh.keys()])) {
    if (TOLD_OTHERWISE.has(label) || !differs(label)) continue;
    const [was, is] = [old.get(label) ?? [], fresh.get(label) ?? []];
    if (label.startsWith("extern ")) {
      const change = externChange(label, was[0], is[0]);
      externs.push(change);
      words.push(externWords(change));
    } else if (label === "toolchain") {
      words.push(toolchainWords(old.get("toolchain version"), fresh.get("toolchain version")));
    } else {
      words.push(...fieldWords(label, was, is));
    }
  }
  if (differs("-C metadata") || differs("-C extra-filename")) {
    words.push("cargo gave the unit another hash: its place, version, features or profile differ");
  }
  return words;
}

function toolchainWords(was: readonly string[] = [], is: readonly string[] = []): string {
  const [old, fresh] = [was.join(), is.join()];
  if (old === "" || fresh === "") return "the compiler or its standard library changed";
  return old === fresh
    ? `the compiler or its standard library changed; both say ${old}`
    : `the compiler changed: ${old} -> ${fresh}`;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["linker", "the linker changed"],
  ["driver", "the compiler is called by another driver"],
  ["native cpu", "the processor is another one (target-cpu=native)"],
  ["key_salt", "the key salt changed"],
  ["kache.toml", "kache.toml beside Cargo.toml changed"],
]);

function fieldWords(label: string, was: readonly string[], is: readonly string[]): string[] {
  const named = NAMED.get(label);
  if (named !== undefined) return [named];
  const gone = was.filter((value) => !is.includes(value));
  const come = is.filter((value) => !was.includes(value));
  if (label.startsWith("env ")) return [changedValue(label, was[0], is[0])];
  if (label === "--cfg") return cfgWords(gone, come);
  if ([...gone, ...come].every((value) => DIGEST.test(value)) && gone.length + come.length > 0) {
    return [`${label} changed`];
  }
  return [argumentWords(label, { was, is, gone, come })];
}

function cfgWords(gone: readonly string[], come: readonly string[]): string[] {
  const nameOf = (value: string) => {
    const feature = /^feature="([^"]*)"$/.exec(value)?.[1];
    return feature === undefined ? `--cfg ${value}` : `feature ${feature}`;
  };
  if (gone.length + come.length === 0) return ["--cfg: the order changed"];
  return [
    ...come.map((value) => `${nameOf(value)} is on now`),
    ...gone.map((value) => `${nameOf(value)} is off now`),
  ];
}

interface Argument {
  readonly was: readonly string[];
  readonly is: readonly string[];
  readonly gone: readonly string[];
  readonly come: readonly string[];
}

function argumentWords(label: string, { was, is, gone, come }: Argument): string {
  const values = (list: readonly string[]) => list.map((one) => shownValue(label, one)).join(", ");
  if (gone.length === 0 && come.length === 0) return `${label}: the order changed`;
  if (was.length === 0) return `${label} is new: ${values(come)}`;
  if (is.length === 0) return `${label} is gone: ${values(gone)}`;
  if (gone.length === 0) return `${label} gained ${values(come)}`;
  if (come.length === 0) return `${label} lost ${values(gone)}`;
  return changedValue(label, gone.join(", "), come.join(", "));
}

function externChange(
  label: string,
  was: string | undefined,
  is: string | undefined,
): ExternChange {
  const [old, fresh] = [fileAndDigest(was), fileAndDigest(is)];
  const [oldName, freshName] = [ARTIFACT.exec(old.file), ARTIFACT.exec(fresh.file)];
  const named = label.slice(label.lastIndexOf(":") + 1);
  return {
    crate: freshName?.[1] ?? oldName?.[1] ?? named,
    before: was === undefined ? undefined : { unit: oldName?.[2], digest: old.digest },
    now: is === undefined ? undefined : { unit: freshName?.[2], digest: fresh.digest },
  };
}
