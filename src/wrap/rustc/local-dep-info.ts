// Stored dep-info → dep-info with this checkout's paths. On the way of every hit: plain searches, since the
// first use of a regular expression costs as much as placing a file.
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** Dep-info names outputs by their stored names, since every caller may put them elsewhere. */
export const OUTPUT_MARK = "<OUTPUT>/";

const VARIABLE = "\n# env-dep:";

/**
 * The text as it must stand here; undefined when a root is missing. That what it names exists is known:
 * every source is a member of the input set that has just been checked.
 */
export function localDepInfo(unit: RustcUnit, stored: string): string | undefined {
  // Variables' lines come last; their values are no paths.
  const rulesEnd = stored.indexOf("\n# ");
  const rules = localRules(unit, rulesEnd < 0 ? stored : stored.slice(0, rulesEnd));
  if (rules === undefined || rulesEnd < 0) return rules;
  return rules + localVariables(unit, stored.slice(rulesEnd));
}

function localRules(unit: RustcUnit, rules: string): string | undefined {
  let local = "";
  let done = 0;
  for (let at = rules.indexOf("<"); at >= 0; at = rules.indexOf("<", at + 1)) {
    if (!startsPath(rules, at)) continue;
    const isOutput = rules.startsWith(OUTPUT_MARK, at);
    const end = isOutput ? pathEnd(rules, at) : rules.indexOf(">", at) + 1;
    const path = isOutput
      ? outputPath(unit, unescaped(rules.slice(at + OUTPUT_MARK.length, end)))
      : unit.place.roots.unmap(rules.slice(at, end));
    if (path === undefined) return undefined;
    // What follows a root's path is escaped already.
    local += rules.slice(done, at) + path.replaceAll(" ", "\\ ");
    done = end;
  }
  return local + rules.slice(done);
}

/** Whether a path begins there: at the start of a line or after a space that is none of a name. */
function startsPath(rules: string, at: number): boolean {
  const before = rules[at - 1] ?? "\n";
  return before === "\n" || (before === " " && rules[at - 2] !== "\\");
}

/** Where a path ends: before a colon, or white space that is not escaped. */
function pathEnd(rules: string, from: number): number {
  let at = from;
  for (; at < rules.length; at += 1) {
    const char = rules[at];
    if (char === ":" || char === "\n") return at;
    if (char === " " && rules[at - 1] !== "\\") return at;
  }
  return at;
}

function unescaped(path: string): string {
  return path.replaceAll("\\ ", " ");
}

function outputPath(unit: RustcUnit, name: string): string | undefined {
  return outputsOf(unit.compile).find((one) => one.name === name)?.path;
}

/**
 * The lines of variables with the values they have here. Whether those may differ from the compile's is
 * the input set's business; cargo compares them with its own and would build for ever.
 */
function localVariables(unit: RustcUnit, lines: string): string {
  let local = "";
  let done = 0;
  for (let at = lines.indexOf(VARIABLE); at >= 0; at = lines.indexOf(VARIABLE, at + 1)) {
    const next = lines.indexOf("\n", at + 1);
    const end = next < 0 ? lines.length : next;
    const equals = lines.indexOf("=", at);
    // One that was not set has no "=".
    if (equals < 0 || equals > end) continue;
    const value = unit.invocation.env[lines.slice(at + VARIABLE.length, equals)];
    if (value === undefined) continue;
    local += lines.slice(done, equals + 1) + escapeValue(value);
    done = end;
  }
  return local + lines.slice(done);
}

/** A variable's value as dep-info writes it. */
export function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
