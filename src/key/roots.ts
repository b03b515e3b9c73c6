// Machine-local directories → sentinels and back: what makes two checkouts agree. Longest prefix wins,
// by whole path components; every root counts under its given and its physical spelling.
import type { Env } from "../base/environment.ts";
import { firstPresent, presentAmong, realPath, realPaths } from "../base/many-paths.ts";
import { ancestorsOf, isWithin, joinPath, normalizePath } from "../base/path.ts";

/** One root: its sentinel and its spellings here, the one to write first. */
export interface Root {
  readonly sentinel: string;
  readonly spellings: readonly string[];
}

/** Where a compile happens, as far as roots are concerned. */
export interface Place {
  readonly cwd: string;
  readonly env: Env;
  readonly outDir: string | undefined;
  readonly baseDirs: readonly string[];
}

/** The target directory of a compile: what cargo marks, else what its layout says. */
export function targetDirOf(place: Place): string | undefined {
  if (place.outDir === undefined) return place.env["CARGO_TARGET_DIR"];
  const outDir = normalizePath(joinPath(place.cwd, place.outDir));
  const LEVELS_MAX = 8; // <target>/<triple>/<profile>/build/<unit>/out/<probe> is seven
  const parents = ancestorsOf(outDir).slice(1, LEVELS_MAX);
  // Cargo puts this file into every target and build directory it makes.
  const TAG = "/CACHEDIR.TAG";
  const marked = firstPresent(parents.map((dir) => dir + TAG));
  if (marked !== undefined) return marked.slice(0, -TAG.length);
  return /^(.*)\/[^/]+\/(?:deps|examples|build\/[^/]+)$/.exec(outDir)?.[1];
}

/**
 * The workspace of a compile. Cargo runs rustc in it for its members, and in the package's own directory for others.
 * Those may not be called the workspace: a dependent would look for their sources, whose lines its messages show, in
 * its own. What lies in the workspace (vendored, excluded) counts below it. A path dependency that lies elsewhere
 * is no root, as nothing of it can be shared: cargo makes its symbols from its path.
 */
function workspaceOf({ cwd, env }: Place, targetDir: string | undefined): string | undefined {
  const parent = /^(.+)\/[^/]+$/.exec(targetDir ?? "")?.[1];
  // What was asked for is a member; where the target directory lies elsewhere, nothing tells the others.
  if (parent === undefined || cwd === parent || env["CARGO_PRIMARY_PACKAGE"] !== undefined)
    return cwd;
  if (presentAmong([`${parent}/Cargo.toml`, `${parent}/Cargo.lock`]).length !== 2) return cwd;
  const workspace = [parent, realPath(parent) ?? parent].find((dir) => isWithin(cwd, dir));
  if (workspace !== undefined) return workspace;
  // A package of a registry, vendored beside the workspace, can be shared.
  return firstPresent([`${cwd}/.cargo-checksum.json`]) === undefined ? undefined : cwd;
}

/** The roots of this compile and the two-way mapping they define. */
export class Roots {
  readonly all: readonly Root[];
  readonly #prefixes: readonly { readonly prefix: string; readonly sentinel: string }[];

  constructor(roots: readonly Root[]) {
    this.all = roots;
    const prefixes: { readonly prefix: string; readonly sentinel: string }[] = [];
    for (const { sentinel, spellings } of roots) {
      for (const prefix of spellings) prefixes.push({ prefix, sentinel });
    }
    this.#prefixes = prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** The path with its root's sentinel; one below no root stays as it is. */
  map(path: string): string {
    // A relative path that looks like a sentinel must not be taken for one.
    if (!path.startsWith("/")) return path.startsWith("<") ? `./${path}` : path;
    const root = this.#around(path);
    return root === undefined ? path : root.sentinel + path.slice(root.prefix.length);
  }

  /** The sentinel of the root that an absolute path lies in. */
  of(path: string): string | undefined {
    return this.#around(path)?.sentinel;
  }

  #around(path: string): { readonly prefix: string; readonly sentinel: string } | undefined {
    return this.#prefixes.find(({ prefix }) => isWithin(path, prefix));
  }

  /** The path that a mapped one stands for here; undefined when this place lacks the root. */
  unmap(mapped: string): string | undefined {
    if (!mapped.startsWith("<")) return mapped;
    const end = mapped.indexOf(">") + 1;
    const root = this.all.find(({ sentinel }) => sentinel === mapped.slice(0, end));
    const prefix = root?.spellings[0];
    return prefix === undefined ? undefined : prefix + mapped.slice(end);
  }

  /** Every spelling with its sentinel, longest first. */
  prefixes(): readonly { readonly prefix: string; readonly sentinel: string }[] {
    return this.#prefixes;
  }
}

/** Finds the roots of a place. Directories that do not exist are no roots. */
export function rootsOf(place: Place): Roots {
  const home = place.env["HOME"];
  const cargoHome = place.env["CARGO_HOME"] ?? below(home, ".cargo");
  const rustupHome = place.env["RUSTUP_HOME"] ?? below(home, ".rustup");
  const inCargoHome = cargoHome !== undefined && isWithin(place.cwd, cargoHome);
  const targetDir = targetDirOf(place);
  const candidates: [string, string | undefined][] = [
    ...place.baseDirs.map((dir, index): [string, string] => [
      index === 0 ? "<BASE_DIR>" : `<BASE_DIR_${index + 1}>`,
      dir,
    ]),
    ["<TARGET>", targetDir],
    ["<WORKSPACE>", inCargoHome ? undefined : workspaceOf(place, targetDir)],
    ["<CARGO_HOME>", cargoHome],
    ["<RUSTUP_HOME>", rustupHome],
    ["<HOME>", home],
    ["<TMPDIR>", place.env["TMPDIR"] ?? "/tmp"],
  ];
  const named = candidates.flatMap(([sentinel, dir]) => {
    const given = dir === undefined || dir === "" ? "/" : normalizePath(joinPath(place.cwd, dir));
    return given === "/" ? [] : [{ sentinel, given }];
  });
  const physicals = realPaths(named.map(({ given }) => given));
  const taken = new Set<string>();
  const roots: Root[] = [];
  for (const [index, { sentinel, given }] of named.entries()) {
    const physical = physicals[index];
    // The target directory may be about to be made.
    const missing = sentinel === "<TARGET>" ? [given] : [];
    const spellings = physical === undefined ? missing : [given, physical];
    const fresh = [...new Set(spellings)].filter((path) => path !== "/" && !taken.has(path));
    for (const path of fresh) taken.add(path);
    if (fresh.length > 0) roots.push({ sentinel, spellings: fresh });
  }
  return new Roots(roots);
}

function below(dir: string | undefined, name: string): string | undefined {
  return dir === undefined ? undefined : `${dir}/${name}`;
}
