// The input sets seen for one InvocationKey, newest first, bounded: grammar, match, extend. Several
// sets, so that switching between two branches hits on both sides.
//
// manifests/<invocation key>.json: {schema: 1, members: [[kind, name, value | null]…],
// sets: [{key: 64 hex, m: [index into members…]}…]}. Members are shared between sets. A file that does
// not decode counts as absent and is replaced by the next compile.
// Version list: 1 is the only one.
import { isRecord, parseRecord, textOf } from "../base/json.ts";
import { type ResultKey, parseResultKey } from "./cache-key.ts";
import {
  type CheckPlace,
  currentValue,
  type Member,
  MEMBER_KINDS,
  memberHolds,
  type MemberKind,
} from "./input-set.ts";

const SCHEMA = 1;
/** Sets kept per invocation: a dozen branches and a few edits; ccache's manifests hold more. */
const SETS_MAX = 24;
/** Members kept over all sets, so that reading a manifest stays under a millisecond or two. */
const MEMBERS_MAX = 20_000;

/** One input set and the entry that a compile with these inputs produced. */
export interface InputSet {
  readonly key: ResultKey;
  readonly members: readonly Member[];
}

/** All input sets of one InvocationKey. */
export interface Manifest {
  readonly sets: readonly InputSet[];
}

const KINDS: ReadonlySet<string> = new Set(MEMBER_KINDS);

function isKind(text: unknown): text is MemberKind {
  return typeof text === "string" && KINDS.has(text);
}

/** A member as encoded; undefined for anything else. */
export function decodeMember(value: unknown): Member | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, name, content] = value as unknown[];
  if (!isKind(kind) || typeof name !== "string") return undefined;
  if (content !== null && typeof content !== "string") return undefined;
  return { kind, name, value: content ?? undefined };
}

/** Reads a manifest's text; undefined for anything unsound. */
export function decodeManifest(text: string): Manifest | undefined {
  const raw = parseRecord(text);
  const [listed, sets] = [raw?.["members"], raw?.["sets"]];
  if (raw?.["schema"] !== SCHEMA || !Array.isArray(listed) || !Array.isArray(sets))
    return undefined;
  const members = listed.map(decodeMember);
  const decoded: InputSet[] = [];
  for (const item of sets as unknown[]) {
    const set = decodeSet(item, members);
    if (set === undefined) return undefined;
    decoded.push(set);
  }
  return { sets: decoded };
}

function decodeSet(item: unknown, members: readonly (Member | undefined)[]): InputSet | undefined {
  if (!isRecord(item)) return undefined;
  const { key: keyText, m: indexes } = item;
  const key = parseResultKey(textOf(keyText) ?? "");
  if (key === undefined || !Array.isArray(indexes)) return undefined;
  const chosen: Member[] = [];
  for (const index of indexes as unknown[]) {
    const member = typeof index === "number" ? members[index] : undefined;
    if (member === undefined) return undefined;
    chosen.push(member);
  }
  return { key, members: chosen };
}

/** The manifest as the text of its file. */
export function encodeManifest(manifest: Manifest): string {
  const members: [MemberKind, string, string | null][] = [];
  const indexes = new Map<string, number>();
  const sets = manifest.sets.map(({ key, members: own }) => ({
    key,
    m: own.map((member) => {
      const id = `${member.kind}\0${member.name}\0${member.value ?? "\0"}`;
      const known = indexes.get(id);
      if (known !== undefined) return known;
      members.push([member.kind, member.name, member.value ?? null]);
      indexes.set(id, members.length - 1);
      return members.length - 1;
    }),
  }));
  return JSON.stringify({ schema: SCHEMA, members, sets });
}

/** Answers whether members hold, each looked at once: sets share most of theirs. */
function checker(place: CheckPlace): (member: Member) => boolean {
  const known = new Map<Member, boolean>();
  return (member) => {
    const before = known.get(member);
    if (before !== undefined) return before;
    const answer = memberHolds(member, place);
    known.set(member, answer);
    return answer;
  };
}

/** The first set of which every member holds here, newest first. */
export function matchManifest(manifest: Manifest, place: CheckPlace): InputSet | undefined {
  const holds = checker(place);
  return manifest.sets.find((set) => set.members.every(holds));
}

/** The manifest with this set in front; older ones over the bounds fall out. */
export function extendManifest(manifest: Manifest | undefined, set: InputSet): Manifest {
  const others = (manifest?.sets ?? []).filter((other) => other.key !== set.key);
  const sets: InputSet[] = [];
  let members = 0;
  for (const item of [set, ...others].slice(0, SETS_MAX)) {
    members += item.members.length;
    if (sets.length > 0 && members > MEMBERS_MAX) break;
    sets.push(item);
  }
  return { sets };
}

/** One member that no longer holds, for explaining a miss. */
export interface Difference {
  readonly member: Member;
  readonly now: string | undefined;
}

/** Sets compared to explain a miss: the newest are what the user has in mind. */
const SETS_COMPARED_MAX = 4;

/** What keeps the nearest of the newest sets (fewest failing members) from matching here. */
export function nearestDifferences(
  manifest: Manifest,
  place: CheckPlace,
): Difference[] | undefined {
  const holds = checker(place);
  let best: Member[] | undefined;
  for (const set of manifest.sets.slice(0, SETS_COMPARED_MAX)) {
    const failing = set.members.filter((member) => !holds(member));
    if (best === undefined || failing.length < best.length) best = failing;
  }
  return best?.map((member) => ({ member, now: currentValue(member, place) ?? undefined }));
}
