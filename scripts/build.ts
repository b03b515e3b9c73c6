// Builds the observer library and compiles dist/kache. Importable: `build()`.
import { $ } from "bun";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { addLauncher, hasLauncher } from "./launcher.ts";

const root = join(import.meta.dir, "..");
const dist = join(root, "dist");

/** The compiled executable. */
export const executable = join(dist, "kache");

/** The observer library, embedded in the executable. */
const library = join(dist, "libkache_observer.so");

/** The version to compile in: KACHE_VERSION without a leading "v", else package.json's. */
function version(): string {
  const named = process.env["KACHE_VERSION"]?.replace(/^v/, "");
  if (named !== undefined && named !== "") return named;
  const text = readFileSync(join(root, "package.json"), "utf8");
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "0.0.0";
}

/** Builds the preload library that watches compilers, with the system's C compiler. */
async function buildObserver(): Promise<void> {
  const compiler = process.env["CC"] ?? "cc";
  const sources = readdirSync(join(root, "native"))
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(root, "native", name));
  const flags = [
    "-std=gnu11",
    "-O2",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
  ];
  await $`${compiler.split(" ")} ${flags} -o ${library} ${sources} -ldl`;
}

/** Files whose change makes the executable out of date. */
function newestSourceMs(dir: string): number {
  return Math.max(
    0,
    ...readdirSync(dir, { withFileTypes: true }).map((item) =>
      item.isDirectory()
        ? newestSourceMs(join(dir, item.name))
        : statSync(join(dir, item.name)).mtimeMs,
    ),
  );
}

/** Whether dist/kache is missing or older than a source. */
export function isOutOfDate(): boolean {
  if (!existsSync(executable)) return true;
  const newest = Math.max(
    newestSourceMs(join(root, "src")),
    newestSourceMs(join(root, "native")),
    statSync(join(root, "package.json")).mtimeMs,
    statSync(import.meta.path).mtimeMs,
  );
  return statSync(executable).mtimeMs < newest;
}

/** Compiles one executable with the flags that keep start-up short and project files out. */
export async function compileExecutable(
  entry: string,
  outfile: string,
  engine?: string,
): Promise<void> {
  const observer = new Bun.CryptoHasher("sha256").update(readFileSync(library)).digest("hex");
  // Splitting keeps cold code out of the start; without the autoload flags a project's .env and
  // bunfig.toml would be read into every compile.
  const flags = [
    "--compile",
    "--bytecode",
    "--format=esm",
    "--minify",
    "--splitting",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    "--no-compile-autoload-package-json",
    ...["--define", `BUILD_VERSION=${JSON.stringify(version())}`],
    ...(engine === undefined ? [] : ["--define", `BUILD_ENGINE=${JSON.stringify(engine)}`]),
    ...["--define", `OBSERVER_DIGEST=${JSON.stringify(observer)}`],
  ];
  await $`${process.execPath} build ${flags} ${entry} --outfile ${outfile}`.cwd(root).quiet();
}

/** The name of this build: its sources' digest. */
function buildName(): string {
  const HEX = 16;
  const hasher = new Bun.CryptoHasher("sha256");
  for (const dir of ["src", "native", "scripts"]) hashSources(join(root, dir), hasher);
  hasher.update(`${version()} ${Bun.version} ${process.arch}`).update(readFileSync(library));
  return hasher.digest("hex").slice(0, HEX);
}

function hashSources(dir: string, hasher: Bun.CryptoHasher): void {
  for (const item of readdirSync(dir, { withFileTypes: true }).sort(byName)) {
    const path = join(dir, item.name);
    if (item.isDirectory()) hashSources(path, hasher);
    else hasher.update(`${item.name}\0`).update(readFileSync(path));
  }
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

/** Builds everything. Throws with the tool's message when a step fails. */
export async function build(): Promise<void> {
  mkdirSync(dist, { recursive: true });
  await buildObserver();
  // Renamed into place: a build that is running keeps the file it started with.
  const fresh = join(dist, "kache.new");
  const engine = hasLauncher() ? buildName() : undefined;
  await compileExecutable(join(root, "src", "main.ts"), fresh, engine);
  if (engine !== undefined) await addLauncher(root, fresh, engine);
  renameSync(fresh, executable);
}

if (import.meta.main) {
  try {
    await build();
  } catch (fault) {
    const said = fault instanceof $.ShellError ? fault.stderr.toString() : String(fault);
    process.stderr.write(`error: the build failed\n${said}\n`);
    process.exit(1);
  }
}
