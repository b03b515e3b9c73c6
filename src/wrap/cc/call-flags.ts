// What a C or C++ call says of itself and of its place where only some results depend on it: `flag` members, by name.
import { isDirectory, lstatPath } from "../../base/file.ts";
import { dirName } from "../../base/path.ts";
import { findProgram } from "../../base/program.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import { spelledCall } from "../../key/derive-cc-key.ts";
import { LOADER_FLAG, loaderText } from "../../key/loader-cache.ts";
import { SPELLED_FLAG } from "../../key/spelled-roots.ts";
import { absolute } from "../unit/unit.ts";
import type { CcUnit } from "./cc-unit.ts";
import { isColored } from "./color.ts";
import { TARGETS_FLAG, targetsText } from "./dependency-text.ts";
import { CLOCK_FLAG, FAKETIME, shownClock } from "./faked-clock.ts";
import { SHOWN, shownText } from "./shown-names.ts";
import { EPOCH, EPOCH_FLAG, unusableEpoch } from "./source-date.ts";
import { twinsText } from "./twins.ts";

/** How messages look, as one value: what is kept without colour is of no use to whoever wants it. */
export function messagesText(unit: CcUnit): string {
  const { compile } = unit;
  const plain = isColored(compile, unit.make().family) ? [] : ["without color"];
  return [...compile.presentation, ...plain].join("\n");
}

/** The beginning of the flag that says which program of a name is found along PATH. */
export const PROGRAM_FLAG = "program ";

/** The flag that says which outputs are there already: what becomes of those when a compile fails is the compiler's. */
export const OUTPUTS_FLAG = "outputs that are there";

/** The value of a flag here; undefined for none, and for a name that no flag has. */
export function callFlag(unit: CcUnit, name: string): string | undefined {
  const { compile, invocation, place } = unit;
  if (name === "messages") return messagesText(unit);
  if (name.startsWith(PROGRAM_FLAG)) {
    const found = findProgram(name.slice(PROGRAM_FLAG.length), invocation);
    return found === undefined ? undefined : place.roots.map(found);
  }
  if (name === CLOCK_FLAG) return shownClock(invocation.env[FAKETIME]);
  if (name === EPOCH_FLAG) return unusableEpoch(invocation.env[EPOCH]);
  if (name === OUTPUTS_FLAG) return outputsThere(unit);
  if (name === TARGETS_FLAG) return targetsText(compile);
  if (name === SPELLED_FLAG) return spelledCall(compile, place);
  if (name.startsWith(LOADER_FLAG)) return loaderText(name);
  return name.startsWith(SHOWN) ? shownText(name, place) : twinsText(name, place);
}

/** The beginning of what is said of an output that cannot be made. */
export const NO_DIRECTORY = "no directory for ";

/** Which outputs are there already or have no directory to be made in; undefined for none. */
export function outputsThere(unit: CcUnit): string | undefined {
  const found = outputsOf(unit.compile).flatMap(({ name, path }) => {
    const place = absolute(unit, path);
    if (lstatPath(place) !== "absent") return [name];
    return isDirectory(dirName(place)) ? [] : [NO_DIRECTORY + name];
  });
  return found.length === 0 ? undefined : found.join(" ");
}
