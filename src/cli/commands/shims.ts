// `kache shims`: a directory of links named like the installed compilers, for builds that cannot be told
// to put two words where they expect one compiler.
import { makeDirs, removeDir } from "../../base/directory.ts";
import { isDirectory, removeFile } from "../../base/file.ts";
import { makeLink } from "../../base/link.ts";
import { joinPath } from "../../base/path.ts";
import { OwnExecutable } from "../../key/real-program.ts";
import { CommandError, type Context, counted, Exit, say, warn } from "../context.ts";
import {
  defaultShimDir,
  installedCompilers,
  isTaken,
  linkTarget,
  pathDirs,
  type Shim,
  shimsIn,
} from "../shims.ts";

/** Runs the command. */
export function run(context: Context): number {
  const { invocation, options } = context;
  const named = options.text("--dir") ?? options.operand;
  const dir = named === undefined ? defaultShimDir(invocation) : joinPath(invocation.cwd, named);
  const own = new OwnExecutable();
  return options.has("--remove") ? remove(dir, own) : install(context, dir, own);
}

function remove(dir: string, own: OwnExecutable): number {
  const ours = shimsIn(dir, own).filter(({ state }) => state !== "other");
  const kept = ours.filter(({ path }) => !removeFile(path));
  if (kept.length > 0) {
    throw new CommandError(`${kept.map(({ path }) => path).join(", ")} cannot be removed`);
  }
  say(`${dir}: removed ${counted(ours.length, "link", "links")}.`);
  if (isDirectory(dir)) removeDir(dir);
  return Exit.Ok;
}

function install(context: Context, dir: string, own: OwnExecutable): number {
  const { invocation, options } = context;
  makeDirs(dir);
  if (!isDirectory(dir)) {
    throw new CommandError(`${dir} cannot be made; name another directory with --dir`);
  }
  const names = installedCompilers(invocation, own);
  if (names.length === 0) {
    throw new CommandError("no C or C++ compiler is on PATH; install one, then run this again");
  }
  const there = new Map(shimsIn(dir, own).map((shim) => [shim.name, shim]));
  for (const shim of there.values()) {
    // A compiler that has gone, or a link to a kache that has moved.
    if (shim.state === "dangling" || (shim.state === "ours" && !names.includes(shim.name))) {
      removeFile(shim.path);
    }
  }
  const target = linkTarget(invocation);
  const made = names.filter((name) =>
    place(`${dir}/${name}`, { target, shim: there.get(name), force: options.has("--force") }),
  );
  say(`${dir}: ${made.length === 0 ? "nothing" : made.join(", ")}`);
  say(...(pathDirs(invocation).includes(dir) ? [] : usage(dir)));
  return made.length === names.length ? Exit.Ok : Exit.Failed;
}

interface Placement {
  readonly target: string;
  readonly shim: Shim | undefined;
  readonly force: boolean;
}

/** Puts one link in its place; says why when something else is there. */
function place(path: string, { target, shim, force }: Placement): boolean {
  if (shim?.state === "ours") return true;
  if (isTaken(path)) {
    if (!force) {
      warn(`warning: ${path} is no link to kache and was left alone; --force replaces it`);
      return false;
    }
    removeFile(path);
  }
  if (makeLink(target, path)) return true;
  throw new CommandError(
    `${path} cannot be made; is ${path.slice(0, path.lastIndexOf("/"))} yours?`,
  );
}

function usage(dir: string): string[] {
  return [
    "Use them in one of these ways:",
    `  export PATH="${dir}:$PATH"`,
    `  export CC="${dir}/cc" CXX="${dir}/c++"`,
  ];
}
