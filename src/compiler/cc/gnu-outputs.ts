// What gcc and clang do with the outputs of a call, and which of them stand against keeping it.
import { bypass, type Bypass } from "../bypass.ts";
import type { CcMode } from "./cc-compile.ts";
import type { Draft } from "./gnu-draft.ts";
import { NOWHERE, STDIN_SOURCE, STDOUT } from "./outputs.ts";

/** Whether what it makes goes to standard output. */
export function isPrinted({ output, dependencyPath }: Draft, mode: CcMode): boolean {
  if (mode === "rules") return output === undefined && dependencyPath === undefined;
  if (output === STDOUT) return mode === "preprocessed" || mode === "assembly";
  return mode === "preprocessed" && output === undefined;
}

/** Whether messages are broken into lines of a length that was asked for. */
export function breaksLines(presentation: readonly string[]): boolean {
  return presentation.some((flag) => /^-fmessage-length=(?!0*$)/.test(flag));
}

/** What compilers name outputs after is the source's name, which standard input has none of. */
export function stdinRefusal(draft: Draft, mode: CcMode, source: string): Bypass | undefined {
  if (source !== STDIN_SOURCE) return undefined;
  const { output, depends, sides, placeBound } = draft;
  const isNamed = output !== undefined || mode === "syntax" || isPrinted(draft, mode);
  const isPlain = !depends && sides.size === 0 && !placeBound && mode !== "pch";
  return isNamed && isPlain && (mode !== "rules" || isPrinted(draft, mode))
    ? undefined
    : bypass("stdin-source", "source from standard input, and outputs that are named after it");
}

/** Outputs beside one that nobody keeps, or that is shown, would lie nowhere in particular. */
function isAlone({ depends, dependencyPath, sides }: Draft): boolean {
  const isSided = [...sides.values()].some(({ path }) => path === undefined);
  return !isSided && !(depends && dependencyPath === undefined);
}

/** Outputs that are no plain files, or that nobody can name before the compile. */
export function outputRefusal(draft: Draft, mode: CcMode): Bypass | undefined {
  const { output, dependencyPath } = draft;
  if (draft.emitsLlvm && output === undefined) {
    return bypass("unsupported-flag", "-emit-llvm without -o");
  }
  if (mode === "preprocessed" && draft.depends) {
    return bypass("unsupported-output", "preprocessed text and rules in one call");
  }
  if (mode === "syntax" && draft.depends && dependencyPath === undefined) {
    return bypass("unsupported-output", "rules of a syntax check");
  }
  const sides = [...draft.sides.values()].map((side) => side.path);
  const isLone = isAlone(draft) && mode !== "pch";
  const isShown =
    output === STDOUT && isPrinted(draft, mode) && !draft.depends && sides.length === 0;
  for (const path of [output, dependencyPath, ...sides]) {
    if (path === undefined || (path === NOWHERE && (path !== output || isLone))) continue;
    if (path === output && isShown) continue;
    if (path === STDOUT) return bypass("unsupported-output", "output to standard output");
    if (/^\/(?:dev|proc)\//.test(path)) return bypass("unsupported-output", `output to ${path}`);
    if (path === "" || path.endsWith("/")) return bypass("unsupported-output", `output to ${path}`);
  }
  return undefined;
}
