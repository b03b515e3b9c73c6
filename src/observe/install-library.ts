// Where the observer library lies: a place from which the loader takes it. The loader prints an error in
// every process of the compile for one that it cannot take, and the build must not notice us.
import type { Env } from "../base/environment.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { isExecutable } from "../base/file.ts";
import type { FileDigests } from "../key/file-digest.ts";
import { observerBytes, observerDigest } from "./library.ts";

/** The loader ends a name in LD_PRELOAD at blanks and colons, and takes `$` for words of its own (ld.so(8)). */
const NOT_LOADABLE = /[\s:$]/;

/** What decides where the library lies. */
export interface LibraryPlace {
  readonly cacheDir: string;
  readonly env: Env;
}

/** Where the library may lie, best first: in the cache, else in another directory of the user's own. */
export function libraryPaths({ cacheDir, env }: LibraryPlace): readonly string[] {
  const below = (base = "", name: string) => (base.startsWith("/") ? [`${base}/${name}`] : []);
  const digest = observerDigest();
  if (digest === undefined) return [];
  return [
    cacheDir,
    ...below(env["XDG_RUNTIME_DIR"], "kache"),
    ...below(env["HOME"], ".cache/kache"),
  ]
    .filter((base) => !NOT_LOADABLE.test(base))
    .map((base) => `${base}/observer/${digest}.so`);
}

/** The library out of this executable, under a name that follows from its content, ready to be loaded. */
export function installLibrary(
  place: LibraryPlace & { readonly digests: FileDigests },
): string | undefined {
  return libraryPaths(place).find((path) => {
    const there = place.digests.of(path);
    const isThere = typeof there === "object" && there.digest === observerDigest();
    if (!isThere && !writeFileAtomic(path, observerBytes(), 0o755)) return false;
    // Also tells a file system that is mounted noexec.
    return isExecutable(path);
  });
}
