// Outputs that hold a path of this machine → the members that bind their entry to it. Remapping keeps
// such paths out; what it missed must not be served where the path is another one.
import { type Member, placeMembers, placeText } from "../../key/input-set.ts";
import type { KeyField } from "../../key/key-hasher.ts";
import type { Roots } from "../../key/roots.ts";

/** What an entry is bound to. */
export interface Binding {
  readonly members: readonly Member[];
  /** Sentinels of the roots nobody expected in the outputs: a gap in the remapping. */
  readonly unexpected: readonly string[];
}

/** Binds an entry to the roots found in its outputs. */
export function bindTo(
  found: ReadonlySet<string>,
  roots: Roots,
  key: { readonly fields: readonly KeyField[]; readonly members: readonly Member[] },
): Binding {
  const sentinels = roots.all.map(({ sentinel }) => sentinel).filter((one) => found.has(one));
  const members = placeMembers(sentinels, roots);
  if (sentinels.length === 0) return { members, unexpected: [] };
  // A path that the key holds literally (env!("CARGO_MANIFEST_DIR"), an rpath) may well be in there.
  const literals = [
    ...key.fields.map(({ value }) => value),
    ...key.members.filter(({ kind }) => kind === "env").map(({ value }) => value ?? ""),
  ];
  const isKeyed = (sentinel: string) =>
    (placeText(sentinel, roots) ?? "")
      .split("\n")
      .some((path) => literals.some((literal) => literal.includes(path)));
  return { members, unexpected: sentinels.filter((sentinel) => !isKeyed(sentinel)) };
}
