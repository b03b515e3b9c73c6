// The program behind a name when we may stand under that name ourselves: the next one along PATH that
// is not this executable, whether it is linked or copied there.
import { hasExecuteBit, readFileStart, sameFile, type Stat, statPath } from "../base/file.ts";
import { dirName, joinPath } from "../base/path.ts";
import { findProgram, type SearchPlace, searchPath } from "../base/program.ts";
import { programName } from "../compiler/program-name.ts";

const OWN_EXECUTABLE = "/proc/self/exe";

/**
 * The programs that a call under a compiler's name was handed to so far, as `device:inode` separated by
 * commas. One of them may look along PATH as we do and find us: the next time it is passed over.
 */
export const SHIM_CHAIN_VARIABLE = "KACHE_SHIM_CHAIN";

/** A call that comes back this often goes in a circle. */
const CHAIN_LENGTH_MAX = 8;

function chainOf(env: SearchPlace["env"]): string[] {
  const chain = env[SHIM_CHAIN_VARIABLE] ?? "";
  return chain === "" ? [] : chain.split(",");
}

/** The chain with a program at its end. */
export function chainWith(path: string, env: SearchPlace["env"]): string {
  const stat = statPath(path);
  return [...chainOf(env), typeof stat === "string" ? "" : identity(stat)].join(",");
}

/** Tells this executable from every other file, a copy of it included. */
export class OwnExecutable {
  readonly #stat = statPath(OWN_EXECUTABLE);
  #head: Uint8Array | undefined;

  /** Whether a file is this executable: the same inode, or as long and alike at its start. */
  is(path: string, stat: Stat): boolean {
    const own = this.#stat;
    if (typeof own === "string") return false;
    if (sameFile(own, stat)) return true;
    if (own.size !== stat.size) return false;
    const HEAD_BYTES = 1 << 12;
    const head = readFileStart(path, HEAD_BYTES);
    this.#head ??= startOf(OWN_EXECUTABLE, HEAD_BYTES);
    return typeof head !== "string" && Buffer.compare(head, this.#head) === 0;
  }
}

function startOf(path: string, bytesMax: number): Uint8Array {
  const bytes = readFileStart(path, bytesMax);
  return typeof bytes === "string" ? new Uint8Array() : bytes;
}

function identity({ dev, inoHigh, inoLow }: Stat): string {
  return `${dev}:${inoHigh}.${inoLow}`;
}

function executable(path: string): Stat | undefined {
  const stat = statPath(path);
  if (typeof stat === "string" || stat.kind !== "file") return undefined;
  return hasExecuteBit(stat) ? stat : undefined;
}

/**
 * The word of a call that runs the real program: the word itself unless it leads to us, then the path
 * of the next program of that name. Undefined when there is none.
 */
export function realProgram(word: string, place: SearchPlace): string | undefined {
  const own = new OwnExecutable();
  const path = findProgram(word, place);
  const stat = path === undefined ? undefined : executable(path);
  if (path === undefined || stat === undefined || !own.is(path, stat)) return word;
  return nextOnPath(word, programName(word), place, own);
}

/**
 * The real program of a name that we were called under. The search goes on behind our own directory:
 * what stands before it was passed over by our caller, or is what called us.
 */
export function nextOnPath(
  calledAs: string,
  name: string,
  place: SearchPlace,
  own = new OwnExecutable(),
): string | undefined {
  const here = calledAs.includes("/") ? dirName(joinPath(place.cwd, calledAs)) : undefined;
  const hereStat = here === undefined ? undefined : statPath(here);
  const before: Candidate[] = [];
  const behind: Candidate[] = [];
  let passed = false;
  for (const dir of searchPath(place)) {
    if (typeof hereStat === "object" && isAt(dir, hereStat)) passed = true;
    const path = `${dir}/${name}`;
    const stat = executable(path);
    if (stat === undefined) continue;
    if (own.is(path, stat)) {
      if (here === undefined) passed = true;
    } else {
      (passed ? behind : before).push({ path, id: identity(stat) });
    }
  }
  const chain = chainOf(place.env);
  const found = [...behind, ...before];
  const next = found.find(({ id }) => !chain.includes(id));
  // Everything was tried: a wrapper that means itself, or a circle.
  return next?.path ?? (chain.length < CHAIN_LENGTH_MAX ? found[0]?.path : undefined);
}

function isAt(path: string, there: Stat): boolean {
  const stat = statPath(path);
  return typeof stat === "object" && sameFile(stat, there);
}

/** A program of the name that is not us. */
interface Candidate {
  readonly path: string;
  readonly id: string;
}
