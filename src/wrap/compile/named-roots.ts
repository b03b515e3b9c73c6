// `#include "/project/inc/x.h"`, `include!("/project/inc/x.rs")`: a text that names this place's own directories reads
// from them in every checkout that has the text, while members name what was read from its root. Such a compile serves
// this place only.
import { bufferOf } from "../../base/bytes.ts";
import { digestOf } from "../../base/digest.ts";
import { readFileBytes } from "../../base/file.ts";
import { baseName, isWithin, normalizePath } from "../../base/path.ts";
import { type CheckPlace, memberPath, type Member, placeMembers } from "../../key/input-set.ts";

/** What belongs to the system or to a registry, and was there before any project. */
const FOREIGN = /^(?:\/(?:usr|lib\w*|bin|proc|sys)|<CARGO_HOME>)\//;

/** Longer ones are no sources: paths in them are looked for as they are spelled. */
const TEXT_BYTES_MAX = 1 << 20;

/** A full path in a text: what could be one, up to a blank or what ends names in C. */
const PATHS = /(?<![\w./-])\/[^\s"'<>()]+/g;

/** One root by its name here, as its bytes. */
interface Named {
  readonly sentinel: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly last: Buffer;
}

/** The members that bind a compile to the roots that its texts name, given what it read of files and otherwise. */
export function namedRootMembers(
  place: Pick<CheckPlace, "cwd" | "roots">,
  read: readonly Member[],
  more: Uint8Array | undefined,
): Member[] {
  const all = place.roots.prefixes().map(({ prefix, sentinel }): Named => {
    const last = Buffer.from(`/${baseName(prefix)}`);
    return { sentinel, path: prefix, bytes: Buffer.from(prefix), last };
  });
  const found = new Set<string>();
  const take = (bytes: Uint8Array) => {
    for (const root of all) {
      if (!found.has(root.sentinel) && isNamedIn(root, bytes)) found.add(root.sentinel);
    }
  };
  if (more !== undefined) take(more);
  for (const member of read) {
    if (member.kind !== "file" || FOREIGN.test(member.name)) continue;
    const path = memberPath(member.name, place);
    if (path === undefined) continue;
    for (const sentinel of rootsNamedBy(path, member.value ?? "", all)) found.add(sentinel);
  }
  return placeMembers([...found], place.roots);
}

/** What contents name, by content and roots: a build reads the same headers many times. */
const known = new Map<string, readonly string[]>();
const KNOWN_MAX = 10_000;

function rootsNamedBy(path: string, digest: string, all: readonly Named[]): readonly string[] {
  const key = [digest, ...all.map((root) => root.path)].join("\0");
  const before = known.get(key);
  if (before !== undefined) return before;
  const bytes = readFileBytes(path);
  // What has changed meanwhile says nothing of what was read.
  if (typeof bytes === "string" || digestOf(bytes) !== digest) {
    return all.map(({ sentinel }) => sentinel);
  }
  const found = all.filter((root) => isNamedIn(root, bytes)).map(({ sentinel }) => sentinel);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, found);
  return found;
}

function isNamedIn(root: Named, bytes: Uint8Array): boolean {
  const buffer = bufferOf(bytes);
  // A detour ("/project/../project") has the last name, too.
  if (!buffer.includes(root.last)) return false;
  if (buffer.length > TEXT_BYTES_MAX) return buffer.includes(root.bytes);
  const text = buffer.toString("latin1").replace(/\\\r?\n/g, "");
  const path = root.bytes.toString("latin1");
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const isStart = !/[\w./-]/.test(text.charAt(at - 1));
    if (isStart && /^(?![\w.-])/.test(text.slice(at + path.length, at + path.length + 1))) {
      return true;
    }
  }
  return [...text.matchAll(PATHS)].some(([one]) => isWithin(normalizePath(one), path));
}
