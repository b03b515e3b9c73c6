// Which files a rustc run leaves, from its arguments alone: nothing ever lists the output directory,
// which may hold hundreds of thousands of files.
import type { Output } from "../output.ts";
import { CRATE_TYPE_FILES, EMIT_FILES, type FileShape, row, TARGET_LINK_FILES } from "./flags.ts";
import type { EmitRequest, RustcCompile } from "./rustc-compile.ts";

/** Metadata is legitimately empty only when no crate type writes any. */
function mayBeEmpty(compile: RustcCompile, kind: string): boolean {
  const METADATA_TYPES = new Set(["lib", "rlib", "dylib", "proc-macro"]);
  if (kind !== "metadata") return false;
  // Cargo names no crate type for test units, nor for benchmarks without a harness: rustc makes programs.
  if (compile.testHarness || compile.crateTypes.length === 0) return true;
  return !compile.crateTypes.some((type) => METADATA_TYPES.has(type));
}

/** A hit asks ten times; once is cheaper and keeps the way of a hit below the JIT's thresholds. */
const known = new WeakMap<RustcCompile, readonly Output[]>();

/** Every file that this compile can leave, required ones and side files. */
export function outputsOf(compile: RustcCompile): readonly Output[] {
  let outputs = known.get(compile);
  if (outputs === undefined) {
    outputs = compile.emits.flatMap((emit) =>
      emit.kind === "link" ? linkOutputs(compile, emit) : [emitOutput(compile, emit)],
    );
    known.set(compile, outputs);
  }
  return outputs;
}

/** Whether debug information goes to files of its own, which the objects name by their full path. */
export function splitsDebuginfo(compile: RustcCompile): boolean {
  return compile.splitDebuginfo === "packed" || compile.splitDebuginfo === "unpacked";
}

/**
 * Whether a name in the output directory is one of the compile's .dwo files: one per codegen unit, under
 * names that only rustc knows (`crate-hash.unit-cgu.0.rcgu.dwo`).
 */
function isDebugObject(compile: RustcCompile, name: string): boolean {
  if (compile.splitDebuginfo !== "unpacked") return false;
  return name.startsWith(`${compile.crateName}${compile.extraFilename}.`) && name.endsWith(".dwo");
}

/** The .dwo files among the names of the output directory. */
export function debugObjects(compile: RustcCompile, names: readonly string[]): Output[] {
  return names
    .filter((name) => isDebugObject(compile, name))
    .map((name) => ({
      path: inDirectory(compile, name),
      name,
      kind: "dwo",
      required: false,
      mayBeEmpty: false,
    }));
}

function inDirectory(compile: RustcCompile, name: string): string {
  return compile.outDir === undefined ? name : `${compile.outDir}/${name}`;
}

function explicitPath(compile: RustcCompile, emit: EmitRequest): string | undefined {
  return emit.path ?? compile.output;
}

function emitOutput(compile: RustcCompile, emit: EmitRequest): Output {
  const shape = row(EMIT_FILES, emit.kind) ?? { prefix: "", extension: "" };
  const name = `${shape.prefix}${compile.crateName}${compile.extraFilename}${shape.extension}`;
  const path = explicitPath(compile, emit) ?? inDirectory(compile, name);
  const { kind } = emit;
  return { path, name, kind, required: true, mayBeEmpty: mayBeEmpty(compile, kind) };
}

/** How the file is called that a crate type leaves on a target, the host's own when none is given. */
function linkShape(type: string, target: string | undefined): FileShape {
  const own = TARGET_LINK_FILES.find(([targets]) => target !== undefined && targets.test(target));
  const special = own === undefined ? undefined : row(own[1], type);
  return special ?? row(CRATE_TYPE_FILES, type) ?? { prefix: "", extension: "" };
}

function linkOutputs(compile: RustcCompile, emit: EmitRequest): Output[] {
  const explicit = explicitPath(compile, emit);
  const stem = `${compile.crateName}${compile.extraFilename}`;
  const types = compile.testHarness ? ["bin"] : compile.crateTypes;
  // Without a crate type on the command line the source decides, so any of them may appear.
  const candidates = types.length > 0 ? types : Object.keys(CRATE_TYPE_FILES);
  const outputs = new Map<string, Output>();
  for (const type of candidates) {
    const { prefix, extension } = linkShape(type, compile.target);
    const name = `${prefix}${stem}${extension}`;
    const path = explicit ?? inDirectory(compile, name);
    const required = types.length > 0;
    outputs.set(path, { path, name, kind: "link", required, mayBeEmpty: false });
    if (compile.splitDebuginfo === "packed") {
      const packed = { path: `${path}.dwp`, name: `${name}.dwp`, kind: "dwp" };
      outputs.set(packed.path, { ...packed, required: false, mayBeEmpty: false });
    }
  }
  return [...outputs.values()];
}
