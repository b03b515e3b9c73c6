// Names of paths in the members of a C or C++ unit's input set.
import { statPath } from "../../base/file.ts";
import { baseName, dirName, isWithin, normalizePath } from "../../base/path.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import type { Member } from "../../key/input-set.ts";
import { sharedList } from "../../key/derive-cc-key.ts";
import { PlainNames } from "../../key/plain-names.ts";
import { isSystemHabit } from "../../key/system-files.ts";
import type { Roots } from "../../key/roots.ts";
import { absolute } from "../unit/unit.ts";
import type { CcUnit } from "./cc-unit.ts";

/** What the C library reads to tell the time and who asks: what of it shows in an object is a date, a member. */
const CLOCK_AND_USERS = /^\/etc\/(?:localtime|nsswitch|passwd|group)/;

/** No file system takes longer names of files. */
const NAME_LENGTH_MAX = 255;

/** Names of paths in members, and which paths are none of an input set's business. */
export class PathNames {
  readonly #unit: CcUnit;
  readonly #outputs: ReadonlySet<string>;
  /** What outputs are called: few paths are, and only theirs have to be made plain. */
  readonly #outputNames: ReadonlySet<string>;
  readonly #names: PlainNames;
  /** A source that is in the key with its paths mapped. */
  readonly #keyed: string | undefined;

  constructor(unit: CcUnit) {
    this.#unit = unit;
    this.#names = new PlainNames(unit.place.roots);
    const { compile, place } = unit;
    const isKeyed = sharedList(compile, place) !== undefined;
    this.#keyed = isKeyed ? absolute(unit, compile.source) : undefined;
    this.#outputs = new Set(
      outputsOf(unit.compile).map(({ path }) => normalizePath(absolute(unit, path))),
    );
    this.#outputNames = new Set([...this.#outputs].map(baseName));
  }

  /** The path as members name it. */
  of(path: string): string {
    return this.#names.of(path);
  }

  /** What the names rest on. */
  members(): Member[] {
    return this.#names.members();
  }

  /** Whether a path says nothing about inputs: the kernel's, the loader's, ours, an output. */
  isCovered(path: string): boolean {
    if (path === "/" || isSystemHabit(path) || CLOCK_AND_USERS.test(path)) return true;
    if (path === this.#keyed || isWithin(path, this.#unit.layout.cacheDir)) return true;
    return this.#outputNames.has(baseName(path)) && this.#outputs.has(normalizePath(path));
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
      let path = this.#names.plain(written);
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
