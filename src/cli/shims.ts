// Directories of links that are named like compilers and lead to this program: `gcc → kache`.
import { listNames } from "../base/directory.ts";
import { hasExecuteBit, lstatPath, statPath } from "../base/file.ts";
import { realPath } from "../base/many-paths.ts";
import { readLink } from "../base/link.ts";
import { findProgram, searchPath } from "../base/program.ts";
import { programName } from "../compiler/program-name.ts";
import { shimName } from "../compiler/recognize.ts";
import type { OwnExecutable } from "../key/real-program.ts";
import type { Invocation } from "../wrap/call/invocation.ts";

/** Where the links go when no directory is named. */
export function defaultShimDir({ env, cwd }: Invocation): string {
  const given = env["XDG_DATA_HOME"] ?? "";
  const data = given.startsWith("/") ? given : `${env["HOME"] ?? cwd}/.local/share`;
  return `${data}/kache/shims`;
}

/** The directories along PATH, absolute, each once. */
export function pathDirs(invocation: Invocation): string[] {
  return [...new Set(searchPath(invocation))];
}

/** What stands under a compiler's name in a directory. */
export interface Shim {
  readonly name: string;
  readonly path: string;
  /** Ours; ours once, and now leading nowhere; or somebody else's program. */
  readonly state: "ours" | "dangling" | "other";
}

/** Everything in a directory that has a compiler's name and is a program or a link. */
export function shimsIn(dir: string, own: OwnExecutable): Shim[] {
  const names = listNames(dir);
  if (typeof names === "string") return [];
  return names
    .filter((name) => shimName(name) !== undefined)
    .sort()
    .map((name) => ({ name, path: `${dir}/${name}`, state: stateOf(`${dir}/${name}`, own) }));
}

function stateOf(path: string, own: OwnExecutable): Shim["state"] {
  const stat = statPath(path);
  if (typeof stat === "object") return own.is(path, stat) ? "ours" : "other";
  const link = readLink(path);
  return link !== undefined && programName(link).startsWith("kache") ? "dangling" : "other";
}

/** Names of the compilers that are installed along PATH, links to us apart. */
export function installedCompilers(invocation: Invocation, own: OwnExecutable): string[] {
  const names = pathDirs(invocation).flatMap((dir) =>
    shimsIn(dir, own)
      .filter(({ state, path }) => {
        const stat = statPath(path);
        if (state !== "other" || typeof stat === "string") return false;
        return stat.kind === "file" && hasExecuteBit(stat);
      })
      .map(({ name }) => name),
  );
  // A link of that name would stand for another compiler than it says.
  return [...new Set(names)].filter((name) => shimName(name) === name).sort();
}

/** What links lead to: `kache` where PATH has it, which outlives an update, else this very file. */
export function linkTarget(invocation: Invocation): string {
  const own = realPath(process.execPath) ?? process.execPath;
  const found = findProgram("kache", invocation);
  return found !== undefined && realPath(found) === own ? found : own;
}

/** Whether anything stands at a path, a link that leads nowhere included. */
export function isTaken(path: string): boolean {
  return lstatPath(path) !== "absent";
}
