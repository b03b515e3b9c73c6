// The programs that are built: pinned releases from crates.io, each with its own lock file, and a
// generated one for the smoke run.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkOut, fetchCrateSource } from "../scripts/start/crate-source.ts";
import { baseEnvironment } from "./environment.ts";
import { BenchFailure } from "./failure.ts";

/** A program to build. */
export interface Project {
  readonly name: string;
  readonly version: string;
  /** File name of the executable that `cargo build` leaves in the profile's directory. */
  readonly binary: string;
  /** What it is here for. */
  readonly note: string;
}

/** The real programs, smallest first. */
export const PROJECTS: readonly Project[] = [
  { name: "ripgrep", version: "15.2.0", binary: "rg", note: "small graph" },
  { name: "eza", version: "0.23.5", binary: "eza", note: "half of it C: libgit2 is built" },
  { name: "tokei", version: "15.0.0", binary: "tokei", note: "larger graph, no C at all" },
];

/** The generated program of `--smoke`; needs no network. */
export const SMOKE_PROJECT: Project = {
  name: "smoke",
  version: "0.0.0",
  binary: "smoke",
  note: "generated: one library, one program",
};

/** Puts one more checkout of the project at `directory`. */
export type CheckOut = (directory: string) => Promise<void>;

/** Brings the project's source and its dependencies here, so that no build needs the network. */
export async function prepareProject(project: Project, scratch: string): Promise<CheckOut> {
  if (project === SMOKE_PROJECT) return generateSmoke;
  const source = await fetchCrateSource(project, join(scratch, "download"));
  const first = join(scratch, "fetch", project.name);
  await checkOut(source, first);
  const fetch = Bun.spawn(["cargo", "fetch", "--locked", "--quiet"], {
    cwd: first,
    env: baseEnvironment(),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [messages, status] = await Promise.all([fetch.stderr.text(), fetch.exited]);
  if (status !== 0) {
    throw new BenchFailure(`cannot fetch the dependencies of ${project.name}:\n${messages}`);
  }
  return (directory) => checkOut(source, directory);
}

async function generateSmoke(directory: string): Promise<void> {
  const files = {
    "Cargo.toml":
      '[package]\nname = "smoke"\nversion = "0.0.0"\nedition = "2021"\n\n' +
      '[dependencies]\npart = { path = "part" }\n\n[workspace]\n',
    "Cargo.lock":
      'version = 4\n\n[[package]]\nname = "part"\nversion = "0.0.0"\n\n' +
      '[[package]]\nname = "smoke"\nversion = "0.0.0"\ndependencies = [\n "part",\n]\n',
    "src/main.rs": 'fn main() {\n    println!("{}", part::double(21));\n}\n',
    "part/Cargo.toml": '[package]\nname = "part"\nversion = "0.0.0"\nedition = "2021"\n',
    "part/src/lib.rs": "pub fn double(value: u32) -> u32 {\n    value * 2\n}\n",
  };
  await mkdir(join(directory, "src"), { recursive: true });
  await mkdir(join(directory, "part", "src"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}
