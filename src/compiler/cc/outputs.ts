// Which files a C or C++ compile leaves, from its arguments alone. A file that appears and is not among
// them makes the result not storable, so a rule that is wrong here costs a hit and nothing else.
import { baseName } from "../../base/path.ts";
import type { Output } from "../output.ts";
import type { CcCompile, CcMode } from "./cc-compile.ts";
import { escapeForMake, type RuleLayout } from "./make-rules.ts";

/** The source that comes through standard input. */
export const STDIN_SOURCE = "-";

/** The output that goes to standard output. */
export const STDOUT = "-";

/** The output that nobody keeps. */
export const NOWHERE = "/dev/null";

/** The path without its name's extension. */
function withoutExtension(path: string): string {
  return isAllExtension(path) ? path : withoutLast(path);
}

/** Whether a name begins with its one dot: what is left of it without its extension, compilers differ on. */
export function isAllExtension(path: string): boolean {
  return /^\.[^.]*$/.test(baseName(path));
}

/** The same for make rules, where `.x` is nothing but an extension. */
function withoutLast(path: string): string {
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") ? path.slice(0, dot) : path;
}

const EXTENSIONS = { object: ".o", assembly: ".s", preprocessed: ".i" } as const;

/** Where the compiler puts its main output when it is not told. */
export function defaultOutput(source: string, mode: Exclude<CcMode, "syntax" | "rules">): string {
  // A precompiled header lies beside the header, everything else in the working directory.
  if (mode === "pch") return `${source}.gch`;
  return withoutExtension(baseName(source)) + EXTENSIONS[mode];
}

/** The name under which each kind is stored: callers put the same file in different places. */
const STORED_NAMES: Readonly<Record<string, string>> = { "dep-info": "dependencies.d" };

/** Where the dependency file goes, as the compiler would be told. */
export function dependencyPath(compile: CcCompile): string | undefined {
  const { dependencies, output, source } = compile;
  if (dependencies === undefined) return undefined;
  if (dependencies.path !== undefined) return dependencies.path;
  const stem = output === undefined ? withoutExtension(baseName(source)) : withoutLast(output);
  return `${stem}.d`;
}

/** Every file that this compile can leave, required ones and side files. */
export function outputsOf(compile: CcCompile): Output[] {
  const { mainOutput, sides, mode } = compile;
  const outputs: Output[] = [];
  const add = (kind: string, path: string, required: boolean, mayBeEmpty: boolean) => {
    if (path === NOWHERE) return;
    outputs.push({ path, name: STORED_NAMES[kind] ?? kind, kind, required, mayBeEmpty });
  };
  if (mainOutput !== undefined) add(mode, mainOutput, true, mode === "preprocessed");
  const rules = dependencyPath(compile);
  if (rules !== undefined) add("dep-info", rules, true, false);
  const stem = withoutExtension(mainOutput ?? baseName(compile.source));
  for (const { kind, path, extension } of sides) {
    add(kind, path ?? stem + extension, false, true);
  }
  return outputs;
}

/** What is asked for beside the main output and kept by nobody. */
export function discardedOutputs({ dependencies, sides }: CcCompile): string[] {
  const asked = [{ kind: "dep-info", path: dependencies?.path }, ...sides];
  return asked.flatMap(({ kind, path }) => (path === NOWHERE ? kind : []));
}

/** The targets of the make rule, as they stand in it: one for each that was asked for. */
export function ruleTargets(compile: CcCompile, layout: RuleLayout): string[] {
  const { dependencies, output, source } = compile;
  if (dependencies === undefined) return [];
  // gcc takes a leading `./` off every target.
  const tidy = (text: string) => (layout === "gcc" ? text.replace(/^(?:\.\/+)+/, "") : text);
  if (dependencies.targets.length > 0) {
    return dependencies.targets.map(({ text, quoted }) =>
      quoted ? escapeForMake(tidy(text)) : tidy(text),
    );
  }
  const own = output === undefined || dependencies.direct;
  return [escapeForMake(tidy(own ? `${withoutLast(baseName(source))}.o` : output))];
}
