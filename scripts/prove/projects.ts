// What the proof builds: pinned releases from crates.io with the lock files they ship, and two
// workspaces of this repository's own for what no small crate covers.
import { cp } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkOut, fetchCrateSource } from "../start/crate-source.ts";

/** A project to prove. */
export interface Project {
  readonly name: string;
  /** On crates.io; undefined for a workspace below test/proof. */
  readonly version: string | undefined;
  /** Arguments of every cargo build beside the mode's own. */
  readonly targets: readonly string[];
  /** What it is here for. */
  readonly note: string;
}

/** Ways to build a project, each a cell of its own. */
export const MODES = ["dev", "release", "check", "test"] as const;

/** One of them. */
export type Mode = (typeof MODES)[number];

const EVERYTHING = ["--workspace", "--all-targets"] as const;

function released(name: string, version: string, note: string): Project {
  return { name, version, targets: [], note };
}

/** Every project, the small ones first. */
export const PROJECTS: readonly Project[] = [
  {
    name: "kinds",
    version: undefined,
    targets: EVERYTHING,
    note: "lib, rlib, dylib, cdylib, staticlib, proc-macro, bin, test, bench, example, build script, -sys",
  },
  {
    name: "families",
    version: undefined,
    targets: EVERYTHING,
    note: "serde, thiserror, clap, askama, rust-embed, include_dir, prost, pest, built, vergen, dotenvy, diesel and its migrations, num_enum, libz-sys",
  },
  released("semver", "1.0.28", "library"),
  released("num-bigint", "0.5.1", "library; autocfg's probes"),
  released("choose", "1.3.7", "clap derive, regex"),
  released("hexyl", "0.17.0", "library and program"),
  released("ripgrep", "15.2.0", "workspace of libraries on regex"),
  released("b3sum", "1.8.7", "C and assembly through the cc crate, clap derive"),
  released("sd", "1.0.0", "rayon, clap derive, build script"),
  released("fd-find", "10.5.0", "jemalloc: C and make"),
  released("zoxide", "0.10.0", "askama templates, build script"),
  released("hyperfine", "1.20.0", "completions made by the build script"),
  released("tokei", "15.0.0", "code made from templates by the build script"),
  released("just", "1.59.0", "serde, strum, snafu, clap derives"),
];

/** The name with the version, where there is one. */
export function titleOf({ name, version }: Project): string {
  return version === undefined ? `${name} (test/proof)` : `${name} ${version}`;
}

/** The cargo command of a mode; without network, and by the lock file. */
export function cargoArguments(project: Project, mode: Mode): string[] {
  const words: Readonly<Record<Mode, readonly string[]>> = {
    dev: ["build"],
    release: ["build", "--release"],
    check: ["check"],
    test: ["test", "--no-run"],
  };
  return [...words[mode], "--locked", "--offline", ...project.targets];
}

/** The workspaces of this repository. */
export const OWN_PROJECTS = join(dirname(dirname(import.meta.dir)), "test", "proof");

/** Where the project's source stands; it is only read. */
export async function sourceOf(project: Project, scratch: string): Promise<string> {
  const { name, version } = project;
  return version === undefined
    ? join(OWN_PROJECTS, name)
    : fetchCrateSource({ name, version }, scratch);
}

/** Puts a checkout of the source at `destination`. */
export async function checkOutSource(source: string, destination: string): Promise<void> {
  if (!source.startsWith(OWN_PROJECTS)) return checkOut(source, destination);
  await cp(source, destination, {
    recursive: true,
    filter: (path) => basename(path) !== "target",
  });
}
