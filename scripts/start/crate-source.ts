// Brings the source of one pinned crate from crates.io through cargo itself: a scratch package
// names it as its only dependency, `cargo fetch` downloads and checks it, and the unpacked source
// in cargo's registry is copied out. Cargo's own files are only read.
import { cp, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { StartFailure } from "./failure.ts";

/** A crate at an exact version. */
export interface PinnedCrate {
  readonly name: string;
  readonly version: string;
}

/** Where cargo keeps its registry, as cargo decides it. */
export function cargoHome(): string {
  return process.env["CARGO_HOME"] ?? join(homedir(), ".cargo");
}

/** Makes sure cargo has the crate unpacked and returns that directory; it is not to be built in. */
export async function fetchCrateSource(crate: PinnedCrate, scratch: string): Promise<string> {
  const present = await unpacked(crate);
  if (present !== undefined) return present;
  await mkdir(join(scratch, "src"), { recursive: true });
  await writeFile(join(scratch, "src", "lib.rs"), "");
  await writeFile(
    join(scratch, "Cargo.toml"),
    `[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n\n` +
      `[dependencies]\n${crate.name} = "=${crate.version}"\n`,
  );
  const fetch = Bun.spawn(["cargo", "fetch", "--quiet"], {
    cwd: scratch,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [messages, status] = await Promise.all([fetch.stderr.text(), fetch.exited]);
  const found = status === 0 ? await unpacked(crate) : undefined;
  if (found !== undefined) return found;
  throw new StartFailure(
    `cannot fetch ${crate.name} ${crate.version} from crates.io ` +
      `(cargo fetch, status ${status}):\n${messages.trim()}`,
  );
}

/** Copies a fetched crate to a new checkout, without the marks cargo left in its registry. */
export async function checkOut(source: string, destination: string): Promise<void> {
  const marks = new Set([".cargo-ok", ".cargo_vcs_info.json"]);
  await cp(source, destination, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !marks.has(path.slice(source.length + 1)),
  });
}

async function unpacked(crate: PinnedCrate): Promise<string | undefined> {
  const root = join(cargoHome(), "registry", "src");
  const registries = await readdir(root).catch((): string[] => []);
  for (const registry of registries) {
    if (!registry.startsWith("index.crates.io-")) continue;
    const directory = join(root, registry, `${crate.name}-${crate.version}`);
    // Cargo writes `.cargo-ok` last, so a directory without it is a half-done unpacking.
    const done = await stat(join(directory, ".cargo-ok")).catch(() => undefined);
    if (done !== undefined) return directory;
  }
  return undefined;
}
