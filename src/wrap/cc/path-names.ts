// Names of paths in the members of a C or C++ unit's input set.
import { dirName, statPath } from "../../base/file.ts";
import { realPath } from "../../base/many-paths.ts";
import { isWithin, normalizePath } from "../../base/path.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import type { Member } from "../../key/input-set.ts";
import { isSystemHabit } from "../../key/system-files.ts";
import type { Roots } from "../../key/roots.ts";
import { absolute } from "../unit.ts";
import type { CcUnit } from "./cc-unit.ts";

/** What the C library reads to tell the time and who asks: what of it shows in an object is a date, a member. */
const CLOCK_AND_USERS = /^\/etc\/(?:localtime|nsswitch|passwd|group)/;

/** No file system takes longer names of files. */
const NAME_LENGTH_MAX = 255;

/** Names of paths in members, and which paths are none of an input set's business. */
export class PathNames {
  readonly #unit: CcUnit;
  readonly #uncovered: ReadonlySet<string>;
  readonly #parents = new Map<string, string | undefined>();

  constructor(unit: CcUnit) {
    this.#unit = unit;
    this.#uncovered = new Set(
      outputsOf(unit.compile).map(({ path }) => normalizePath(absolute(unit, path))),
    );
  }

  /** The path as members name it. */
  of(path: string): string {
    return this.#unit.place.roots.map(this.plain(path));
  }

  /** The path without ".." where that is the same place: behind a symbolic link it is another. */
  plain(path: string): string {
    if (!path.includes("/..")) return path;
    const plain = normalizePath(path);
    const parent = dirName(path);
    const real = this.#realParent(parent);
    return real !== undefined && real === this.#realParent(dirName(plain)) ? plain : path;
  }

  #realParent(dir: string): string | undefined {
    if (!this.#parents.has(dir)) this.#parents.set(dir, realPath(dir));
    return this.#parents.get(dir);
  }

  /** Whether a path says nothing about inputs: the kernel's, the loader's, ours, an output. */
  isCovered(path: string): boolean {
    if (path === "/" || isSystemHabit(path) || CLOCK_AND_USERS.test(path)) return true;
    if (isWithin(path, this.#unit.layout.cacheDir)) return true;
    return this.#uncovered.has(path.includes("/.") ? normalizePath(path) : path);
  }

  /**
   * Where something was looked for in vain, also where somebody made it meanwhile: then the member does not hold as
   * long as that is there. Below a directory that is not there itself, its absence stands for all of them.
   */
  absences(looked: Iterable<string>): Set<string> {
    const kinds = new Map<string, boolean>();
    const isThere = (dir: string): boolean => {
      const known = kinds.get(dir);
      if (known !== undefined) return known;
      const there = statPath(dir) !== "absent";
      kinds.set(dir, there);
      return there;
    };
    const found = new Set<string>();
    for (const written of looked) {
      if (this.isCovered(written)) continue;
      let path = this.plain(written);
      // Where no file can be, none comes.
      if (path.length > NAME_LENGTH_MAX && statPath(path) === "unreadable") continue;
      for (let dir = dirName(path); dir !== "/" && !isThere(dir); dir = dirName(dir)) path = dir;
      found.add(path);
    }
    return found;
  }
}

/** Why the prefix maps would rename what is not the project's, as a reason for reports. */
export function confusable(members: readonly Member[], roots: Roots): string | undefined {
  return roots.all.some(({ spellings }) => spellings.some((root) => isConfusable(members, root)))
    ? "a path begins with the project's name and is not in it"
    : undefined;
}

/** Prefix maps go by text: `/p/app` would also rename what lies in `/p/app-extra`. */
function isConfusable(members: readonly Member[], root: string): boolean {
  return members.some(({ name, kind }) => {
    return kind === "file" && name.startsWith(root) && !isWithin(name, root);
  });
}
