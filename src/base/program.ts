// Programs on the disk: where one of a name lies, and whether it is a script.
import type { Env } from "./environment.ts";
import { hasExecuteBit, readFileStart, statPath } from "./file.ts";
import { presentAmong } from "./many-paths.ts";
import { joinPath } from "./path.ts";

/** From where, and along which PATH, programs are looked for. */
export interface SearchPlace {
  readonly cwd: string;
  readonly env: Env;
}

/** Where programs are looked for without a PATH. */
export const UNSET_PATH = "/usr/local/bin:/bin:/usr/bin";

/** The directories along PATH in its order, absolute where the working directory is. */
export function searchPath({ cwd, env }: SearchPlace): string[] {
  const dirs: string[] = [];
  // No call of ours for a full path: there may be as many as start the JIT in a hit.
  for (const dir of (env["PATH"] ?? UNSET_PATH).split(":"))
    dirs.push(dir.startsWith("/") ? dir : joinPath(cwd, dir === "" ? "." : dir));
  return dirs;
}

/**
 * The program's absolute path: as given, whether it is there or not, or found along PATH as the system would. Undefined
 * where PATH leads to none.
 */
export function findProgram(name: string, at: SearchPlace): string | undefined {
  if (name.includes("/")) return joinPath(at.cwd, name);
  const places: string[] = [];
  for (const dir of searchPath(at)) places.push(`${dir}/${name}`);
  return presentAmong(places).find((path) => {
    const stat = statPath(path);
    return typeof stat === "object" && stat.kind === "file" && hasExecuteBit(stat);
  });
}

/** Whether a program is anything but an ELF file: with or without a line that names its interpreter. */
export function isScript(path: string): boolean {
  const ELF_MAGIC = "7f454c46";
  const head = readFileStart(path, 4);
  return typeof head !== "string" && head.toHex() !== ELF_MAGIC;
}
