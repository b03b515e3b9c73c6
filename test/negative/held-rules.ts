// The rules about results that are answered and not stored yet.
import { rule, type Rule } from "./rule.ts";

/** Every one of them. */
export const HELD_RULES: readonly Rule[] = [
  rule(
    "outputs are held while their result is not stored yet",
    "wrap/miss.ts",
    ["members, compileMs, held };", "members, compileMs, held: OFF ? undefined : held };"],
    ["answered-first", "keeps what the compiler made, whatever is done to the object"],
  ),
  rule(
    "a file linked into the store is as old as before only while nothing else happened to it",
    "store/own-links.ts",
    ["sameStat(own.after, stat)", "(OFF || sameStat(own.after, stat))"],
    ["answered-first", "whose result is not kept where it is written anew as well"],
  ),
  rule(
    "a library that is hashed when the result is stored counts",
    "wrap/miss.ts",
    ["[...learned.members, ...awaited];", "[...learned.members, ...(OFF ? [] : awaited)];"],
    ["answered-first", "whose libraries are not stored yet, and their bytes count"],
  ),
  rule(
    "a held library's digest is that of what was held",
    "store/held-output.ts",
    ["sameWriting(stat, after) ? digest", "(OFF || sameWriting(stat, after)) ? digest"],
    ["answered-first", "of which a library is written into before that is stored"],
  ),
];
