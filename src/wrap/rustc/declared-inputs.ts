// Declared inputs (`extra_inputs`) in the dep-info that cargo reads: without them it would not call us when one
// changes. Only in the file of this place: what is stored names what the compiler read.
import { joinPath } from "../../base/path.ts";
import { extraInputPaths } from "../../key/extra-inputs.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** The text with the declared inputs among the first output's: cargo reads no other rule. */
export function withDeclaredInputs(unit: RustcUnit, text: string): string {
  const { cwd, env } = unit.invocation;
  const paths = extraInputPaths(joinPath(cwd, unit.compile.source), env);
  if (paths.length === 0) return text;
  const end = text.indexOf("\n");
  const rule = end < 0 ? text : text.slice(0, end);
  if (!rule.includes(": ")) return text;
  const words = paths
    .filter((path) => !path.includes("\n"))
    .map((path) => path.replaceAll(" ", "\\ "));
  return [rule, ...words].join(" ") + text.slice(rule.length);
}
