// InvocationKey + what the compile read → ResultKey, by which an entry is named.
import { type InvocationKey, resultKey, type ResultKey } from "./cache-key.ts";
import type { Member } from "./input-set.ts";
import { KeyHasher } from "./key-hasher.ts";

/** Of all languages: the name is part of every key. */
const RECIPE = "rustc result";

/** The key of the entry: the invocation and everything it read, in the order of {@link orderMembers}. */
export function deriveResultKey(invocation: InvocationKey, members: readonly Member[]): ResultKey {
  const hasher = new KeyHasher(RECIPE);
  hasher.add("invocation", invocation);
  for (const { kind, name, value } of members) {
    hasher.add(kind, name);
    hasher.add(value === undefined ? "unset" : "value", value ?? "");
  }
  return resultKey(hasher.finish());
}

/** Members without repetitions in the one order that keys use. */
export function orderMembers(members: readonly Member[]): Member[] {
  const unique = new Map(members.map((member) => [`${member.kind}\0${member.name}`, member]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member);
}
