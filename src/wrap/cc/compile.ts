// The one run of the real compiler: paths mapped, messages asked for in colour, watched. Its streams are
// forwarded as they come.
import { programKind } from "../../base/elf-head.ts";
import { dirName } from "../../base/path.ts";
import { needsOwnProcess } from "../../base/own-process.ts";
import { findProgram } from "../../base/program.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import { openWatch } from "../../observe/watch.ts";
import { STDERR } from "../call/caller.ts";
import { startStamp } from "../compile/freshness.ts";
import type { Scratch } from "../unit/scratch.ts";
import { absolute } from "../unit/unit.ts";
import type { Prepared } from "../compile/run-plan.ts";
import { teeStreams } from "../compile/tee.ts";
import { captureOf } from "./capture.ts";
import type { CcRun } from "./cc-run.ts";
import type { CcUnit } from "./cc-unit.ts";
import { ColorRemover, takesColorFlag, wantsColor } from "./color.ts";
import { mappedWords } from "./prefix-maps.ts";
import { placesBefore } from "./probe.ts";
import { standingNow } from "../compile/ways.ts";

/** Watches the run where it can be watched. */
function watchOf({ compile, invocation, place, layout, config }: CcUnit, scratch: Scratch) {
  const driver = findProgram(compile.compiler[0], invocation);
  if (!config.observe || driver === undefined || programKind(driver) === "static") return undefined;
  return openWatch({
    cacheDir: layout.cacheDir,
    digests: place.digests,
    program: driver,
    logPath: scratch.file,
    env: invocation.env,
  });
}

/** Prepares it. The scratch files outlive the run; a silent one is shown to nobody and not watched. */
export function prepareCc(
  unit: CcUnit,
  scratch: Scratch,
  { silent }: { readonly silent: boolean },
): Prepared<CcRun> {
  const { compile, invocation } = unit;
  const { family } = unit.make();
  const watch = silent ? undefined : watchOf(unit, scratch);
  // Learning from it asks programs.
  if (watch === undefined && !silent) needsOwnProcess("a compile that nobody watches");
  const capture = watch === undefined && !silent ? captureOf(unit, family) : undefined;
  const asked = capture?.words ?? [];
  const isColorAsked = takesColorFlag(compile, family);
  // In front: behind a bare "--", which may stand in a response file, all are files.
  const color = isColorAsked ? ["-fdiagnostics-color=always"] : [];
  const words = mappedWords(unit, [...color, ...asked, ...compile.args]);
  const remover = new ColorRemover(family);
  // What nobody asked for is a source's own, in an excerpt.
  const isShownAsIs = wantsColor(unit) || !isColorAsked;
  const streams = teeStreams(invocation, silent, {
    stdout: (bytes) => bytes,
    stderr: (bytes) => (isShownAsIs ? bytes : remover.take(bytes)),
  });
  const before = placesBefore(unit);
  const standing = standingNow(
    unit,
    outputsOf(compile).map(({ path }) => dirName(path)),
  );
  const stamp = startStamp(scratch, absolute(unit, compile.source));
  return {
    plan: {
      words,
      changes: { KACHE_ACTIVE: "1", ...invocation.changes, ...watch?.environment },
      ...streams.sinks,
    },
    ended: (run) => {
      if (!silent) invocation.caller.write(STDERR, remover.end());
      return {
        ...streams.ended(run),
        family,
        before,
        watch,
        capture,
        startStamp: stamp,
        standing,
      };
    },
  };
}
