// The programs that a watched build executed → the compiles among them. Pure.
import { basename } from "node:path";
import { compiledCrate, type Exec } from "../../bench/measure.ts";

/** What one build ran, by processes. */
export interface Compiles {
  /** Objects that an assembler or clang made, as they were asked for. */
  readonly objects: readonly string[];
  /** Programs compiled and linked in one call: what configure scripts try. */
  readonly linked: number;
  /** Crates that rustc compiled for cargo. */
  readonly crates: readonly string[];
}

/** Sorts a build's processes. */
export function sortCompiles(execs: readonly Exec[]): Compiles {
  const made = execs.flatMap(({ argv }) => objectOf(argv) ?? []);
  const crates = execs
    .filter(({ environment }) => environment["CARGO_CRATE_NAME"] !== undefined)
    .flatMap(({ argv }) => compiledCrate(argv) ?? []);
  return {
    objects: made.filter((path) => !isTemporary(path)),
    linked: made.filter(isTemporary).length,
    crates: [...new Set(crates)],
  };
}

/** The object that a process makes: gcc leaves that to `as`, clang makes it itself. */
function objectOf(argv: readonly string[]): string | undefined {
  const program = basename(argv[0] ?? "");
  const isAssembler = /(^|-)as$/.test(program);
  const isClang = /^clang(\+\+)?(-\d+)?$/.test(program) && argv.includes("-c");
  if ((!isAssembler && !isClang) || argv.includes("--version")) return undefined;
  const at = argv.indexOf("-o");
  const joined = argv.find((word) => /^-o./.test(word))?.slice("-o".length);
  return at < 0 ? (joined ?? "a.out") : argv[at + 1];
}

/** gcc's name for the object of a program that it links in the same call. */
function isTemporary(path: string): boolean {
  return /\/cc[A-Za-z0-9]{6}(\.ltrans\d+)?\.o$/.test(path);
}
