// Compiles whose source comes through standard input: build scripts' probes. The text is part of the key.
import { type Digest, digestOf } from "../../base/digest.ts";
import { rereadableStdin } from "../../base/stdin.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";

/** A compile with the text it was given. */
export interface StdinSource {
  readonly compile: RustcCompile;
  readonly digest: Digest;
}

/** Takes the source in; undefined when it is too large for a probe or cannot be read. */
export function takeStdinSource(compile: RustcCompile): StdinSource | undefined {
  const bytes = rereadableStdin();
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  return { compile: underSteadyName(compile, text), digest: digestOf(bytes) };
}

/** What autocfg calls its probes: random, and then a number. */
const RANDOM_NAME = /^autocfg_[0-9a-f]{16}_\d+$/;
/** Outputs in which no other crate ever looks for the name. */
const NAMELESS_KINDS = new Set(["asm", "dep-info", "llvm-bc", "llvm-ir", "mir", "obj"]);

/**
 * A probe under a name drawn at random would never be seen again: it is always compiled, miss and hit
 * alike, under one name of the same length, into the files that were asked for. Not so when its text
 * knows the name, or when the output is a crate.
 */
function underSteadyName(compile: RustcCompile, text: string): RustcCompile {
  const { crateName, emits, outDir, output, extraFilename } = compile;
  const own = output !== undefined || extraFilename !== "" || outDir === undefined;
  const plain = emits.every(({ kind, path }) => path === undefined && NAMELESS_KINDS.has(kind));
  if (!RANDOM_NAME.test(crateName) || own || !plain || text.includes("autocfg_")) return compile;
  const name = crateName.replace(/[0-9a-f]/g, (char, at: number) => {
    return at < "autocfg_".length ? char : "0";
  });
  const placed = outputsOf(compile).map(({ kind, path }) => ({ kind, path }));
  return {
    ...compile,
    crateName: name,
    emits: placed,
    args: [
      ...compile.args.map((arg) =>
        arg.replace(/^--crate-name=/, "") === crateName ? arg.replace(crateName, name) : arg,
      ),
      ...placed.map(({ kind, path }) => `--emit=${kind}=${path}`),
    ],
    keyed: compile.keyed.map((argument) =>
      argument.flag === "--crate-name" ? { ...argument, value: name } : argument,
    ),
  };
}
