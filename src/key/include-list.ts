// CMake's and Meson's unity sources (`UNITY_BUILD`, `-Dunity=on`), which include others by their full paths and do nothing
// else. What is included lies in its root in every checkout, and of the path's letters nothing stays: they count by their
// text with the paths mapped to roots, and not by their bytes.
import { digestOf } from "../base/digest.ts";
import { decodeUtf8, readFileBytes } from "../base/file.ts";
import type { FileDigests } from "./file-digest.ts";
import type { Roots } from "./roots.ts";
import { spelledRoots } from "./spelled-roots.ts";

/** As CMake calls them, and Meson. */
const NAME = /(?:^|\/)(?:unity_\d+_\w+|[^/]*-unity\d+)\.\w+$/;

const NOTHING = /^(?:\/\*[^*/\\?]*\*\/)?$/;
const INCLUDE = /^#include ?(?:"(\/[^"\\?\n]*)"|<(\/[^>\\?\n]*)>)$/;

/** The text of a file that is such a list, with its paths mapped; undefined for any other, and where none lies in a root. */
export function includeList(path: string, roots: Roots, digests: FileDigests): string | undefined {
  if (!NAME.test(path)) return undefined;
  const bytes = readFileBytes(path);
  const digest = digests.of(path);
  if (typeof bytes === "string" || typeof digest === "string") return undefined;
  if (digestOf(bytes) !== digest.digest) return undefined;
  const spelled = spelledRoots(roots);
  let isInRoots = false;
  const lines: string[] = [];
  for (const line of (decodeUtf8(bytes) ?? "?").split("\n")) {
    if (NOTHING.test(line)) {
      lines.push(line);
      continue;
    }
    const found = INCLUDE.exec(line);
    const included = found?.[1] ?? found?.[2];
    if (included === undefined) return undefined;
    isInRoots ||= roots.of(included) !== undefined;
    const at = line.indexOf(included);
    lines.push(line.slice(0, at) + spelled.map(included) + line.slice(at + included.length));
  }
  return isInRoots ? lines.join("\n") : undefined;
}
