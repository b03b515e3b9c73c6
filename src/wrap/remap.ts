// Remap flags: they make the bytes of an output follow its key. Whatever runs the compiler for an
// understood unit passes them, hit, miss or passthrough alike; an unmapped library among mapped ones
// would make every dependent differ.
import type { RustcCompile } from "../compiler/rustc/rustc-compile.ts";
import type { PhysicalOutDir } from "../key/out-dir.ts";
import type { Roots } from "../key/roots.ts";

/** Coverage tools must find the real paths. */
export function isRemapped(compile: RustcCompile): boolean {
  return !compile.coverage;
}

/** The flags to put before the user's own, which so win where both match: rustc takes the last match. */
export function remapFlags(
  compile: RustcCompile,
  roots: Roots,
  out: PhysicalOutDir | undefined,
): string[] {
  if (!isRemapped(compile)) return [];
  const shortestFirst = [...roots.prefixes()].reverse();
  const flags = shortestFirst.map(
    ({ prefix, sentinel }) => `--remap-path-prefix=${prefix}=${sentinel}`,
  );
  if (out !== undefined) flags.push(`--remap-path-prefix=${out.physical}=${roots.map(out.real)}`);
  return flags;
}

/** Flags and where among the call's words they go. */
export interface Insertion {
  readonly at: number;
  readonly flags: readonly string[];
}

/** The remap flags for a call that is handed to the compiler: after its own words, before the user's. */
export function insertRemaps(
  compile: RustcCompile,
  channel: string | undefined,
  roots: Roots,
): Insertion {
  const compilers = compile.inner === undefined ? 1 : 2;
  return {
    at: compilers + (channel === undefined ? 0 : 1),
    flags: remapFlags(compile, roots, undefined),
  };
}
