// The one run of the real compiler: paths remapped, dep-info asked for, watched when that is worth it. Its
// streams are forwarded as they come, because cargo starts dependents on the early notification.
import { isDirectory, removeFile, tempName } from "../../base/file.ts";
import { dirName } from "../../base/path.ts";
import { needsOwnProcess } from "../../base/own-process.ts";
import { findProgram } from "../../base/program.ts";
import { isWrittenInto, runsLinker } from "../../compiler/rustc/output-kind.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { showPaths } from "../../key/mapped-text.ts";
import { physicalOutDir, physicalVariables } from "../../key/out-dir.ts";
import { realProgram } from "../../key/real-program.ts";
import { makesCode } from "./assembled-files.ts";
import { openWatch, type Watch } from "../../observe/watch.ts";
import { detachOutputs } from "../compile/detach.ts";
import type { Prepared } from "../compile/run-plan.ts";
import { teeStreams } from "../compile/tee.ts";
import { linkInfoFlags } from "./fallback-members.ts";
import { remapFlags, withoutIncremental } from "./remap.ts";
import { startStamp } from "../compile/freshness.ts";
import type { Scratch } from "../unit/scratch.ts";
import type { RustcRun } from "./rustc-run.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { scriptOf } from "./scripted.ts";
import { absolute } from "../unit/unit.ts";
import { standingNow } from "../compile/ways.ts";

/** Texts are changed only where they may have to be: almost never, so bytes pass untouched. */
function shownNames(show: (text: string) => string, always: boolean) {
  const OPENING = 0x3c; // "<"
  return (bytes: Uint8Array): Uint8Array => {
    if (!always && !bytes.includes(OPENING)) return bytes;
    const text = new TextDecoder().decode(bytes);
    const shown = show(text);
    return shown === text ? bytes : new TextEncoder().encode(shown);
  };
}

/** The arguments of the real call: `-C incremental` dropped, dep-info added when it was not asked for. */
function compilerWords(unit: RustcUnit, flags: readonly string[], depInfo: string): string[] {
  const { compile, channel } = unit;
  const head = [compile.compiler, ...(compile.inner === undefined ? [] : [compile.inner])];
  const asked = compile.emits.some(({ kind }) => kind === "dep-info");
  // All of them once more: a call without any means a link, until it names one kind.
  const emits = compile.emits.map(({ kind, path }) =>
    path === undefined ? kind : `${kind}=${path}`,
  );
  const added = asked ? [] : [`--emit=${[...emits, `dep-info=${depInfo}`].join(",")}`];
  return [
    ...head,
    ...(channel === undefined ? [] : [channel]),
    ...flags,
    ...withoutIncremental(compile.args),
    ...added,
    ...directLinker(unit),
  ];
}

/**
 * Where the linker's name leads to a link of ours, the program behind it: nothing of a link is cached
 * there, and the observer would see this program read what no link depends on. rustc does not count
 * `-C linker` among what shapes a crate.
 */
function directLinker({ compile, invocation }: RustcUnit): string[] {
  // Targets named by the caller may have another linker, or one of their own.
  const word = compile.linker ?? (compile.target === undefined ? "cc" : undefined);
  if (word === undefined || !runsLinker(compile)) return [];
  const real = realProgram(word, invocation);
  return real === undefined || real === word ? [] : [`-Clinker=${real}`];
}

/**
 * A name for what we ask the tools to write: beside the outputs, where a full disk fails the compile in
 * any case. In the cache directory it would be us who failed the build; but rustc makes a directory that is
 * not there only when it has written its dep-info.
 */
function besideOutputs(unit: RustcUnit, scratch: Scratch): string {
  const [output] = outputsOf(unit.compile);
  const dir = dirName(absolute(unit, output?.path ?? "x"));
  return `${isDirectory(dir) ? dir : scratch.dir()}/${tempName()}`;
}

/** Removes what only we asked for. */
export function clearOwnFiles(unit: RustcUnit, run: RustcRun): void {
  const asked = outputsOf(unit.compile).some(({ kind }) => kind === "dep-info");
  if (!asked) removeFile(run.depInfo);
  if (run.linkInfo !== undefined) removeFile(run.linkInfo);
}

/** How a compile is run. */
export interface CompileWay {
  /**
   * Whether reads are possible that rustc does not report: then the run is watched, or the linker asked, as
   * far as either is possible.
   */
  readonly unreported: boolean;
  /** Whether nobody sees what it prints. */
  readonly silent: boolean;
}

/** The notification of the dep-info that only we asked for: nobody else may see it. */
function noticeOf(depInfo: string): string {
  return `{"$message_type":"artifact","artifact":${JSON.stringify(depInfo)},"emit":"dep-info"}\n`;
}

/** Watches the run as far as that is worth it; undefined where nobody is to, or can. */
function watchOf(unit: RustcUnit, scratch: Scratch, way: CompileWay): Watch | undefined {
  const { compile, invocation } = unit;
  // A look at what the assembler reads, which is the compiler's own: no other rules follow from it.
  const assembles = !way.silent && makesCode(compile);
  const isWorthIt = way.unreported || assembles || scriptOf(unit) !== undefined;
  const watch =
    isWorthIt && unit.config.observe
      ? openWatch({
          cacheDir: unit.layout.cacheDir,
          digests: unit.place.digests,
          program: findProgram(compile.compiler, invocation),
          logPath: scratch.file,
          env: invocation.env,
        })
      : undefined;
  // Learning from it asks programs.
  if (way.unreported && watch === undefined) needsOwnProcess("a compile that nobody watches");
  return watch;
}

/** Prepares it. The scratch files outlive the run. */
export function prepareRustc(
  unit: RustcUnit,
  scratch: Scratch,
  way: CompileWay,
): Prepared<RustcRun> {
  const { compile, invocation, place } = unit;
  const outDir = compile.remapped ? physicalOutDir(invocation.env, place.digests) : undefined;
  const asked = outputsOf(compile).find(({ kind }) => kind === "dep-info");
  const depInfo =
    asked === undefined ? `${besideOutputs(unit, scratch)}.d` : absolute(unit, asked.path);
  const watch = watchOf(unit, scratch, way);
  const linkInfo =
    way.unreported && watch === undefined ? `${besideOutputs(unit, scratch)}.link` : undefined;
  const words = [
    ...compilerWords(unit, remapFlags(compile, place.roots, outDir), depInfo),
    ...(linkInfo === undefined ? [] : linkInfoFlags(unit, linkInfo)),
  ];
  const ownNotice = asked === undefined ? noticeOf(depInfo) : undefined;
  const show = shownNames((printed) => {
    const text = ownNotice === undefined ? printed : printed.replace(ownNotice, "");
    const real = outDir === undefined ? text : text.replaceAll(outDir.physical, outDir.real);
    return showPaths(real, place.roots);
  }, ownNotice !== undefined);
  const streams = teeStreams(invocation, way.silent, { stdout: show, stderr: show });
  detachOutputs(outputsOf(compile), invocation.cwd, isWrittenInto);
  const standing = standingNow(unit, [
    ...outputsOf(compile).map(({ path }) => dirName(path)),
    ...compile.searchPaths.map(({ path }) => path),
  ]);
  const stamp = startStamp(scratch, absolute(unit, compile.source));
  const changes = {
    // Our own path: by it the observer knows whom to let see it.
    KACHE_ACTIVE: process.execPath,
    ...invocation.changes,
    ...(outDir === undefined ? {} : physicalVariables(invocation.env, outDir)),
    ...watch?.environment,
  };
  return {
    plan: {
      words,
      changes,
      ...streams.sinks,
    },
    ended: (run) => ({
      ...streams.ended(run),
      outDir,
      watch,
      startStamp: stamp,
      standing,
      depInfo,
      ownNotice,
      linkInfo,
    }),
  };
}
