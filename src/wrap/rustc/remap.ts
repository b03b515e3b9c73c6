// Remap flags: they make the bytes of an output follow its key. Whatever runs the compiler for an
// understood unit passes them, hit, miss or passthrough alike; an unmapped library among mapped ones
// would make every dependent differ.
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";
import type { PhysicalOutDir } from "../../key/out-dir.ts";
import type { Roots } from "../../key/roots.ts";

/**
 * Whether a compile's messages are what it is run for: trybuild compares them with snapshots that show lines of other
 * crates, which rustc finds by the real paths in their metadata. It builds everything into a directory of its own.
 */
export function isRunForMessages(outDir: string | undefined): boolean {
  return (
    outDir !== undefined && /\/tests\/(?:trybuild|target)\/.*(?:deps|build)(?:\/|$)/.test(outDir)
  );
}

/** The flags to put before the user's own, which so win where both match: rustc takes the last match. */
export function remapFlags(
  compile: RustcCompile,
  roots: Roots,
  out: PhysicalOutDir | undefined,
): string[] {
  if (!compile.remapped) return [];
  const shortestFirst = [...roots.prefixes()].reverse();
  const flags = shortestFirst.map(
    ({ prefix, sentinel }) => `--remap-path-prefix=${prefix}=${sentinel}`,
  );
  if (out !== undefined) flags.push(`--remap-path-prefix=${out.physical}=${roots.map(out.real)}`);
  return flags;
}

/** The arguments without any spelling of `-C incremental=…`. */
export function withoutIncremental(args: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    const next = args[at + 1] ?? "";
    if ((arg === "-C" || arg === "--codegen") && next.startsWith("incremental")) at += 1;
    else if (!/^(-C|--codegen=)incremental(=|$)/.test(arg)) kept.push(arg);
  }
  return kept;
}

/**
 * The words for an understood compile that is handed to the compiler: remapped like a cached one, and
 * without incremental state (which names objects at random) unless the user wants that kept.
 */
export function uncachedWords(
  words: readonly string[],
  compile: RustcCompile,
  roots: Roots,
  keepsIncremental: boolean,
): string[] {
  const compilers = compile.inner === undefined ? 1 : 2;
  const at = compilers + (words[compilers]?.startsWith("+") === true ? 1 : 0);
  const rest = words.slice(at);
  return [
    ...words.slice(0, at),
    ...remapFlags(compile, roots, undefined),
    ...(keepsIncremental ? rest : withoutIncremental(rest)),
  ];
}
