// The questions of a miss answered for C and C++.
import { decodeUtf8 } from "../../base/file.ts";
import { mapText } from "../../key/mapped-text.ts";
import { spelledRoots } from "../../key/spelled-roots.ts";
import type {
  CompileRun,
  Learned,
  MissLanguage,
  Rehearsal,
  StoredStreams,
} from "../unit/language.ts";
import { runForCaller } from "../compile/run-plan.ts";
import { namedRootMembers } from "../compile/named-roots.ts";
import type { Scratch } from "../unit/scratch.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./cc-run.ts";
import { prepareCc } from "./compile.ts";
import { clearCapture } from "./capture.ts";
import { definitionMembers } from "./definitions.ts";
import { storedRules } from "./dependency-text.ts";
import { learnCcInputs } from "./learn.ts";
import { isRepeatableFailure } from "./probe.ts";
import { rehearseCc } from "./rehearse.ts";

/** What a miss of this unit asks of the compiler's side. */
export function withMissingCc(unit: CcUnit): MissLanguage {
  return {
    compile: async (scratch) => {
      const prepared = prepareCc(unit, scratch, { silent: false });
      return withAnswers(unit, await runForCaller(unit.invocation, prepared));
    },
    rehearse: (scratch) => rehearse(unit, scratch),
  };
}

function rehearse(unit: CcUnit, scratch: Scratch): Rehearsal | string {
  const made = rehearseCc(unit, scratch);
  if (typeof made === "string") return made;
  return { run: withAnswers(unit, made.run), outputs: made.outputs };
}

function withAnswers(unit: CcUnit, run: CcRun): CompileRun {
  return {
    ...run,
    isRepeatableFailure: () => isRepeatableFailure(run),
    learn: (keyed) => withBindings(unit, learnCcInputs(unit, run, keyed)),
    sideOutputs: () => [],
    storedStreams: () => storedStreams(unit, run),
    storedDepInfo: (text) => storedRules(unit, run.family, text),
    localizeOutputs: () => undefined,
    clear: () => {
      clearCapture(run.capture);
    },
  };
}

function withBindings(unit: CcUnit, learned: Learned): Learned {
  if (learned.kind === "unknown") return learned;
  const { members } = learned;
  const bound = [...definitionMembers(unit, members)];
  // Otherwise the key holds the roots themselves.
  if (unit.place.remapped || unit.compile.spelling === "cl") {
    const { invocation, place, stdin } = unit;
    const { roots } = place;
    bound.push(...namedRootMembers({ cwd: invocation.cwd, roots }, members, stdin));
  }
  return { ...learned, members: [...members, ...bound] };
}

/** Texts stand in an entry's description, which is read as a whole. */
const PRINTED_LENGTH_MAX = 1 << 20;

function storedStreams(unit: CcUnit, run: CcRun): StoredStreams | string {
  if (run.stdout === undefined || run.stderr === undefined) return "the compiler printed too much";
  const stdout = decodeUtf8(run.stdout);
  const stderr = decodeUtf8(run.stderr);
  if (stdout === undefined || stderr === undefined) {
    return "the compiler printed bytes that are not UTF-8";
  }
  const roots = spelledRoots(unit.place.roots);
  // A text that somebody compiles or reads on is kept as it is, and bound to the paths in it: one of them may
  // come from a file that is the same everywhere.
  const { prints } = unit.compile;
  if (prints && stdout.length > PRINTED_LENGTH_MAX) return "the compiler printed too much";
  const mapped = {
    stdout: prints ? stdout : mapText(stdout, roots),
    stderr: mapText(stderr, roots),
  };
  if (mapped.stdout === undefined || mapped.stderr === undefined) {
    return "the compiler printed a NUL";
  }
  return { stdout: mapped.stdout, stderr: mapped.stderr };
}
