// The caller's own project: finds it, and copies its files to a checkout. It is only read; nothing
// is built, locked or written where it stands.
import { cp, lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
import { StartFailure } from "./failure.ts";
import { configurationsAbove, workspacesOf } from "./path-dependencies.ts";
import type { Checkout } from "./checkout.ts";

/** A project to copy: `root` holds all its files, `workspace` and `directory` lie in it. */
export interface CallerProject {
  readonly name: string;
  readonly root: string;
  /** The cargo workspace, which holds Cargo.lock; relative to `root`. */
  readonly workspace: string;
  /** Where the user called from, relative to `root`. */
  readonly directory: string;
  /** Files to copy, relative to `root`. */
  readonly files: readonly string[];
}

// These would change something outside the copies, which the demonstration promises not to do.
const REFUSED_COMMANDS = new Set([
  "clean",
  "install",
  "login",
  "logout",
  "owner",
  "publish",
  "uninstall",
  "yank",
]);

// These name a place to build or to write in, and would lead out of the copies.
const REFUSED_OPTIONS = ["--target-dir", "--manifest-path", "--artifact-dir", "--out-dir", "-C"];

/** Refuses cargo arguments that would reach outside the copies. */
export function checkCargoArguments(given: readonly string[]): void {
  const end = given.indexOf("--");
  const own = end === -1 ? given : given.slice(0, end);
  const command = own.find((argument) => !/^[-+]/.test(argument));
  if (command !== undefined && REFUSED_COMMANDS.has(command)) {
    throw new StartFailure(
      `\`cargo ${command}\` compiles nothing in a copy of the project; give a command that ` +
        "builds, such as `npm start -- build --release`",
      2,
    );
  }
  const option = own.find((argument) =>
    REFUSED_OPTIONS.some((refused) => argument === refused || argument.startsWith(`${refused}=`)),
  );
  if (option !== undefined) {
    throw new StartFailure(
      `${option} is not possible here: the project is built from copies, each with a target ` +
        "directory of its own; leave it out and call from the project's directory",
      2,
    );
  }
}

/** Refuses words that cargo has no command for, before anything is copied; `directory` has its aliases. */
export function requireCargoCommand(given: readonly string[], directory: string): void {
  const toolchain = given.slice(0, 1).filter((word) => word.startsWith("+"));
  const own = given.slice(toolchain.length);
  const [first = ""] = own;
  // Behind an option that stands first may be its value: then cargo is to say what it thinks of it.
  if (first.startsWith("-") && own.some((word) => !word.startsWith("-"))) return;
  const list = Bun.spawnSync(["cargo", ...toolchain, "--list"], { cwd: directory });
  const commands = list.stdout.toString().matchAll(/^ +(\S+)/gm);
  if (list.exitCode !== 0 || [...commands].some(([, name]) => name === first)) return;
  throw new StartFailure(
    `\`${first}\` is no command of cargo's; give one that builds, such as ` +
      "`npm start -- build --release` (`cargo --list` names them all)",
    2,
  );
}

/** Finds the project around `directory`; fails when there is no Cargo.toml there or above. */
export async function findCallerProject(directory: string): Promise<CallerProject> {
  const located = Bun.spawnSync(
    ["cargo", "locate-project", "--workspace", "--message-format", "plain"],
    { cwd: directory, stdout: "pipe", stderr: "pipe" },
  );
  if (located.exitCode !== 0) {
    const said = located.stderr.toString().trim();
    const isThere = !said.includes("could not find `Cargo.toml`");
    const checkout = dirname(dirname(import.meta.dir));
    throw new StartFailure(
      isThere
        ? `cargo cannot read the project in ${directory}; mend this and try again:\n${said}`
        : `no cargo project to build in ${directory}:\n${said}\n` +
            "Call it from the project, with the full path of kache's checkout:\n" +
            `  npm --prefix ${/\s/.test(checkout) ? `"${checkout}"` : checkout} start -- build`,
      located.exitCode,
    );
  }
  const workspace = dirname(located.stdout.toString().trim());
  const here = await realpath(directory);
  const parts = await Promise.all((await workspacesOf(workspace)).map(listPart));
  const cargoHome = process.env["CARGO_HOME"] ?? join(homedir(), ".cargo");
  const configurations = await present(configurationsAbove(here, cargoHome));
  const root = commonDirectory([
    ...parts.map((part) => part.root),
    ...configurations.map((file) => dirname(dirname(file))),
  ]);
  const files = parts.flatMap((part) => part.files.map((file) => join(part.root, file)));
  const below = relative(root, here);
  return {
    name: basename(workspace),
    root,
    workspace: relative(root, workspace),
    // A member may lie outside the workspace's directory; then cargo runs at the workspace.
    directory: below.split(sep)[0] === ".." ? relative(root, workspace) : below,
    files: [...new Set([...files, ...configurations])].map((file) => relative(root, file)),
  };
}

/** The repository a workspace lies in, or the workspace, and the files to copy of it. */
async function listPart(workspace: string): Promise<{ root: string; files: string[] }> {
  const repository = gitRoot(workspace);
  return repository === undefined
    ? { root: workspace, files: await listByWalk(workspace) }
    : { root: repository, files: await listByGit(repository, workspace) };
}

/** The deepest directory that holds all of these. */
function commonDirectory(directories: readonly string[]): string {
  const [first = sep, ...rest] = directories;
  const holdsAll = (dir: string) =>
    rest.every((other) => relative(dir, other).split(sep)[0] !== "..");
  let common = first;
  while (!holdsAll(common)) common = dirname(common);
  return common;
}

async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
  return paths.filter((_, at) => found[at]?.isFile() === true);
}

/** Copies the project's files to a new directory. */
export async function copyProject(project: CallerProject, destination: string): Promise<Checkout> {
  for (const file of project.files) {
    const target = join(destination, file);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(project.root, file), target, { recursive: true, verbatimSymlinks: true });
  }
  const directory = join(destination, project.directory);
  await mkdir(directory, { recursive: true });
  return { directory, workspace: join(destination, project.workspace) };
}

function gitRoot(directory: string): string | undefined {
  const run = git(directory, ["rev-parse", "--show-toplevel"]);
  return run === undefined || run === "" ? undefined : run.trimEnd();
}

/** What git tracks or would track, and the lock file even where git ignores it. */
async function listByGit(root: string, workspace: string): Promise<string[]> {
  const tracked = git(root, ["ls-files", "-z", "--cached", "--recurse-submodules"]) ?? "";
  const fresh = git(root, ["ls-files", "-z", "--others", "--exclude-standard"]) ?? "";
  const lock = relative(root, join(workspace, "Cargo.lock"));
  const names = new Set([...tracked.split("\0"), ...fresh.split("\0"), lock]);
  names.delete("");
  // A tracked file may have been deleted; an untracked nested repository is named with a slash.
  const kept = [...names].map(async (name) =>
    (await lstat(join(root, name)).catch(() => undefined)) === undefined ? [] : [name],
  );
  return (await Promise.all(kept)).flat();
}

/** Everything but target directories and version control. */
async function listByWalk(root: string): Promise<string[]> {
  const found: string[] = [];
  const queue = [""];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const entry of await readdir(join(root, at), { withFileTypes: true })) {
      const name = join(at, entry.name);
      if (entry.name === ".git") continue;
      if (!entry.isDirectory()) found.push(name);
      else if (!(await isTargetDirectory(join(root, name), entry.name))) queue.push(name);
    }
  }
  return found;
}

/**
 * Cargo marks the directories it builds in; one without the mark is the user's, but for `target`.
 */
async function isTargetDirectory(path: string, name: string): Promise<boolean> {
  if (name === "target") return true;
  return (await lstat(join(path, ".rustc_info.json")).catch(() => undefined)) !== undefined;
}

function git(cwd: string, given: readonly string[]): string | undefined {
  if (Bun.which("git") === null) return undefined;
  const run = Bun.spawnSync(["git", ...given], { cwd, stdout: "pipe", stderr: "ignore" });
  return run.exitCode === 0 ? run.stdout.toString() : undefined;
}
