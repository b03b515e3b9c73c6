// inputs.json beside an entry: what its key was made of. Read only to explain misses.
//   {schema: 1, fields: [{label, value}…], members: [{kind, name, value?}…],
//    details?: [{kind, name, lines: [text…]}…]}; value is absent for unset. Details are the lines behind a
//   member that is a digest of many things (key/member-details.ts).
import { countOf, isRecord, listOf, parseRecord, textOf } from "../base/json.ts";
import { readText } from "../base/file.ts";
import { parseResultKey } from "../key/cache-key.ts";
import type { Layout } from "./layout.ts";

/** One labelled input of an InvocationKey. */
export interface InputField {
  readonly label: string;
  readonly value: string;
}

/** One thing that was read. */
export interface InputMember {
  readonly kind: string;
  readonly name: string;
  readonly value: string | undefined;
}

/** The parts of a member that stands for many things. */
export interface InputDetail {
  readonly kind: string;
  readonly name: string;
  readonly lines: readonly string[];
}

/** An entry's inputs. */
export interface Inputs {
  readonly fields: readonly InputField[];
  readonly members: readonly InputMember[];
  readonly details: readonly InputDetail[];
}

const SCHEMA = 1;

/** Reads the file's text; items that are not sound are left out, since nothing depends on them. */
function decodeInputs(text: string): Inputs | undefined {
  const raw = parseRecord(text);
  if (raw === undefined || countOf(raw["schema"]) !== SCHEMA) return undefined;
  return {
    fields: listOf(raw["fields"]).flatMap((item) => {
      if (!isRecord(item)) return [];
      const [label, value] = [textOf(item["label"]), textOf(item["value"])];
      return label === undefined || value === undefined ? [] : [{ label, value }];
    }),
    members: listOf(raw["members"]).flatMap((item) => {
      if (!isRecord(item)) return [];
      const [kind, name] = [textOf(item["kind"]), textOf(item["name"])];
      if (kind === undefined || name === undefined) return [];
      return [{ kind, name, value: textOf(item["value"]) }];
    }),
    details: listOf(raw["details"]).flatMap((item) => {
      if (!isRecord(item)) return [];
      const [kind, name] = [textOf(item["kind"]), textOf(item["name"])];
      if (kind === undefined || name === undefined) return [];
      const lines = listOf(item["lines"]).filter((line) => typeof line === "string");
      return [{ kind, name, lines }];
    }),
  };
}

/** The inputs of an entry that is still there. */
export function readInputs(layout: Layout, keyText: string): Inputs | undefined {
  const key = parseResultKey(keyText);
  const text = key === undefined ? undefined : readText(layout.inputs(key));
  return text === undefined ? undefined : decodeInputs(text);
}
