// A file of make rules on its way into the store and out again. Stored as JSON:
//   {"layout": see make-rules.ts, "prerequisites": [name…], "phony": [name…]}   names mapped to roots
//   {"layout": "as-is", "text": text}           where the rules above do not give the same bytes again
// The targets are the caller's own and are not stored. A text kept as it is binds the entry to its targets
// (the `flag` member of that name) and, by the scan of outputs, to the paths in it.
import { isRecord, listOf, parseRecord, textOf } from "../../base/json.ts";
import {
  escapeForMake,
  parseMakeRules,
  renderMakeRules,
  RULE_LAYOUTS,
  unescapeForMake,
} from "../../compiler/cc/make-rules.ts";
import { ruleTargets } from "../../compiler/cc/outputs.ts";
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import type { Roots } from "../../key/roots.ts";
import { spelledRoots } from "../../key/spelled-roots.ts";
import type { CcUnit } from "./cc-unit.ts";

/** The member that a text kept as it is adds. */
export const TARGETS_FLAG = "dependency targets";

/** The targets as one value. */
export function targetsText(compile: CcCompile): string {
  return ruleTargets(compile, "clang").join("\n");
}

/** The text as stored; a short one is the same in both layouts, so that the family's own is tried first. */
export function storedRules(unit: CcUnit, family: CcFamily, text: string): string {
  const { compile } = unit;
  const roots = spelledRoots(unit.place.roots);
  for (const layout of family === "clang" ? RULE_LAYOUTS.toReversed() : RULE_LAYOUTS) {
    const rules = parseMakeRules(text, ruleTargets(compile, layout));
    if (rules === undefined) continue;
    const mapped = (names: readonly string[]) =>
      names.map((name) => roots.map(unescapeForMake(name)));
    const stored = JSON.stringify({
      layout,
      prerequisites: mapped(rules.prerequisites),
      phony: mapped(rules.phony),
    });
    if (localRules(compile, roots, stored) === text) return stored;
  }
  return JSON.stringify({ layout: "as-is", text });
}

/** Whether a stored text holds for these targets only. */
export function isKeptAsIs(stored: string): boolean {
  return stored.startsWith('{"layout":"as-is"');
}

/** Whether a stored text names a root: other names are stored as `./<…` where they begin so. */
export function rulesNameRoot(stored: string): boolean {
  return stored.includes('"<');
}

/** The stored text as the compiler would write it here; undefined when a root is missing. */
export function localRules(compile: CcCompile, roots: Roots, stored: string): string | undefined {
  const record = parseRecord(stored);
  if (record === undefined || !isRecord(record)) return undefined;
  const named = textOf(record["layout"]);
  if (named === "as-is") return textOf(record["text"]);
  const layout = RULE_LAYOUTS.find((one) => one === named);
  if (layout === undefined) return undefined;
  const prerequisites = localNames(roots, record["prerequisites"]);
  const phony = localNames(roots, record["phony"]);
  if (prerequisites === undefined || phony === undefined) return undefined;
  const targets = ruleTargets(compile, layout);
  return renderMakeRules({ targets, prerequisites, phony }, layout);
}

function localNames(roots: Roots, listed: unknown): string[] | undefined {
  const names: string[] = [];
  for (const item of listOf(listed)) {
    const name = typeof item === "string" ? roots.unmap(item) : undefined;
    if (name === undefined) return undefined;
    names.push(escapeForMake(name));
  }
  return names;
}
