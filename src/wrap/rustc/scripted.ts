// A script in place of rustc chooses by files and variables what is run, and with which arguments: what it reads counts.
import { readText } from "../../base/file.ts";
import { findProgram, isScript } from "../../base/program.ts";
import { programName } from "../../compiler/program-name.ts";
import { ENVIRONMENT, type Member } from "../../key/input-set.ts";
import type { UsableObservation } from "../../observe/observation.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { environmentMembers } from "./surroundings.ts";

/** The script that stands in place of the compiler, if one does. */
export function scriptOf({ compile, invocation }: RustcUnit): string | undefined {
  const path = findProgram(compile.compiler, invocation);
  return path !== undefined && isScript(path) ? path : undefined;
}

/** Shells, which give a script no variable that it does not name. */
const SHELL = /^(?:ba|da|k)?sh$/;
/** Words by which a shell's script takes in more than it says. */
const OPAQUE = /\b(?:eval|source|declare|typeset|export\s+-p|set)\b|\$\{!|(?:^|[\s;&|(])\.\s/m;
const NAMED = /\$\{?#?([A-Za-z_]\w*)/g;
/** What shells go by unnamed. By PATH they find programs, of which each counts. */
const UNNAMED: readonly string[] = ["BASH_ENV", "CDPATH", "HOME"];

/** The variables that a script may have chosen by; the files that it read are seen as anybody's. */
export function scriptMembers(unit: RustcUnit, script: string, seen: UsableObservation): Member[] {
  const text = readText(script);
  const interpreter = programName(seen.processes[0]?.exe ?? "");
  if (text === undefined || !SHELL.test(interpreter) || OPAQUE.test(text))
    return environmentMembers(unit, ENVIRONMENT);
  const named = [...text.matchAll(NAMED)].flatMap(([, name]) => name ?? []);
  const names = new Set([...named, ...UNNAMED]);
  return [...names].map((name): Member => {
    return { kind: "env", name, value: unit.place.env[name] };
  });
}
