// Names of paths in members, without the ".." that compilers, linkers and texts put into them: few names for few
// files, and nothing taken for another place.
import { realPath } from "../base/many-paths.ts";
import { baseName, dirName, normalizePath } from "../base/path.ts";
import type { Member } from "./input-set.ts";
import type { Roots } from "./roots.ts";

/** The names of one compile's paths; each directory is looked at once. */
export class PlainNames {
  readonly #roots: Roots;
  readonly #dirs = new Map<string, string>();
  /** Where those directories lead that are named otherwise than they were asked for. */
  readonly #led = new Map<string, string>();

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  /** The path as members name it. */
  of(path: string): string {
    return this.#roots.map(this.plain(path));
  }

  /**
   * The path without ".." where that is the same place, here and in every other checkout: behind a symbolic link it
   * is another, and what lies beside a root is each checkout's own. Directories that are not there keep theirs.
   */
  plain(path: string): string {
    if (!path.includes("/..")) return normalizePath(path);
    const name = baseName(path);
    if (/^\.{0,2}$/.test(name)) return this.#plainDir(path);
    const dir = this.#plainDir(dirName(path));
    return dir === "/" ? `/${name}` : `${dir}/${name}`;
  }

  #plainDir(dir: string): string {
    const known = this.#dirs.get(dir);
    if (known !== undefined) return known;
    const plain = normalizePath(dir);
    const real = this.#roots.of(dir) === this.#roots.of(plain) ? realPath(dir) : undefined;
    const isSame = real !== undefined && (plain === dir || real === realPath(plain));
    if (isSame && plain !== dir) this.#led.set(dir, real);
    this.#dirs.set(dir, isSame ? plain : dir);
    return isSame ? plain : dir;
  }

  /** What the plain names given so far rest on: that the directories asked for lead where they led. */
  members(): Member[] {
    return [...this.#led].map(([dir, real]) => {
      return { kind: "leads", name: this.#roots.map(dir), value: this.#roots.map(real) };
    });
  }
}
