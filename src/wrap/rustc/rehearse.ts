// A rustc compile beside the real one: the same call with every output in a directory of its own, watched by
// nobody, printing nothing.
import { makeDirs } from "../../base/directory.ts";
import { baseName, dirName } from "../../base/path.ts";
import type { Output } from "../../compiler/output.ts";
import { outputsOf, splitsDebuginfo } from "../../compiler/rustc/outputs.ts";
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";
import { withoutFlags } from "../../compiler/without-flags.ts";
import { runHere } from "../compile/run-plan.ts";
import type { Scratch } from "../unit/scratch.ts";
import { prepareRustc } from "./compile.ts";
import type { RustcRun } from "./rustc-run.ts";
import type { RustcUnit } from "./rustc-unit.ts";

/** The compile that was made. */
export interface RustcRehearsal {
  /** Its streams name the outputs that the call names. */
  readonly run: RustcRun;
  /** The outputs where they are. */
  readonly outputs: readonly Output[];
  /** A text of rustc's with the outputs that the call names. */
  readonly asCalled: (text: string) => string;
}

/** Compiles into the scratch directory, or says why that would not be the same compile. */
export function rehearseRustc(unit: RustcUnit, scratch: Scratch): RustcRehearsal | string {
  const { compile } = unit;
  if (compile.rpath || splitsDebuginfo(compile)) {
    return "the outputs name the directory they are written to";
  }
  const dir = `${scratch.dir()}/out`;
  const staged = redirected(compile, dir);
  for (const { path } of outputsOf(staged)) {
    if (!makeDirs(dirName(path))) return "the cache directory cannot be written";
  }
  const prepared = prepareRustc({ ...unit, compile: staged }, scratch, {
    unreported: false,
    silent: true,
  });
  const run = runHere(unit.invocation, prepared);
  const outputs = outputsOf(staged);
  const real = new Map(outputsOf(compile).map(({ name, path }) => [name, path]));
  const home = compile.outDir === undefined ? "" : `${compile.outDir}/`;
  // Dep-info also names some outputs that are not made.
  const asCalled = (text: string) =>
    outputs
      .reduce((said, { name, path }) => said.replaceAll(path, real.get(name) ?? path), text)
      .replaceAll(`${dir}/`, home);
  const { stdout, stderr, ownNotice } = run;
  return {
    run: {
      ...run,
      stdout: inBytes(stdout, asCalled),
      stderr: inBytes(stderr, asCalled),
      ownNotice: ownNotice === undefined ? undefined : asCalled(ownNotice),
    },
    outputs,
    asCalled,
  };
}

/** The call with all outputs below a directory. Names stay: a library's goes into it. */
function redirected(compile: RustcCompile, dir: string): RustcCompile {
  const output = compile.output === undefined ? undefined : `${dir}/${baseName(compile.output)}`;
  // Two files of one name are possible when each has a path of its own.
  const emits = compile.emits.map(({ kind, path }) => ({
    kind,
    path: path === undefined ? undefined : `${dir}/${kind}/${baseName(path)}`,
  }));
  const placed = emits.flatMap(({ kind, path }) =>
    path === undefined ? [] : [`--emit=${kind}=${path}`],
  );
  return {
    ...compile,
    output,
    emits,
    outDir: dir,
    args: [
      ...withoutFlags(compile.args, PLACES, ATTACHED_PLACES),
      ...(output === undefined ? [] : ["-o", output]),
      ...(output !== undefined && compile.outDir === undefined ? [] : ["--out-dir", dir]),
      // Of two for one kind rustc takes the last.
      ...placed,
    ],
  };
}

const PLACES = new Set(["--out-dir", "-o"]);
const ATTACHED_PLACES = /^(--out-dir=|-o.)/;

function inBytes(bytes: Uint8Array | undefined, change: (text: string) => string) {
  if (bytes === undefined || bytes.length === 0) return bytes;
  return new TextEncoder().encode(change(new TextDecoder().decode(bytes)));
}
