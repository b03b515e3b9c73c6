// Pure: events, stored entries and their inputs → why a crate was compiled. A miss is compared with the
// nearest earlier compile of its unit (cargo's `-C extra-filename`), whichever checkout made it, and only
// where there is none with another unit of the same crate. What stands later in the log explains nothing.
import type { Event } from "../event/event.ts";
import { isCompiled, isHit } from "../event/stats.ts";
import type { Inputs } from "../store/entry-inputs.ts";
import { compareInputs, type Differences } from "./differences.ts";
import { type Artifact, type ExternChange } from "./extern-change.ts";

/** A stored entry, as far as explanations need it. */
export interface StoredEntry {
  readonly key: string;
  readonly crateName: string;
  /** RFC 3339. */
  readonly created: string;
}

/** Where explanations come from. */
export interface MissSource {
  /** The whole log, in file order. */
  readonly events: readonly Event[];
  /** The inputs of an entry; undefined when it is gone. */
  readonly inputsOf: (key: string) => Inputs | undefined;
  /** The entries of a crate, newest first. */
  readonly entriesOf: (crate: string) => readonly StoredEntry[];
  /** The entry that holds a file with this digest. */
  readonly makerOf: (digest: string) => StoredEntry | undefined;
}

/** One unit's newest miss. */
export interface UnitMiss {
  readonly event: Event;
  readonly diagnosis: string;
  readonly differences: readonly string[];
  /** For each crate below that changed, why that one did, outermost first. */
  readonly chain: readonly string[];
}

/** What is known about a crate. */
export type WhyMiss =
  | { readonly kind: "no-events" }
  | { readonly kind: "no-miss"; readonly recent: readonly Event[] }
  | {
      readonly kind: "missed";
      readonly misses: readonly UnitMiss[];
      readonly recent: readonly Event[];
      /** The keys of the last hit and of what the same unit has now, when they differ. */
      readonly keyChange: { readonly before: string; readonly now: string } | undefined;
    };

const RECENT = 5;
const UNITS_MAX = 5;
const DIFFERENCES_MAX = 5;
/** Earlier compiles looked at to find the nearest: what a user still has in mind, and a branch or two. */
const NEAREST_OF = 12;

/** Explains the newest misses of a crate, or of a C source by its file name. */
export function explainMisses(crateAsked: string, source: MissSource): WhyMiss {
  const names = new Set([crateAsked, crateAsked.replaceAll("-", "_")]);
  const own = [...source.events.entries()].filter(([, event]) => names.has(event.crate_name));
  if (own.length === 0) return { kind: "no-events" };
  const recent = own.slice(-RECENT).map(([, event]) => event);
  const newest = new Map<string, number>();
  for (const [index, event] of own) {
    if (isCompiled(event) || event.result === "skipped") newest.set(event.unit ?? "", index);
  }
  if (newest.size === 0) return { kind: "no-miss", recent };
  const misses = [...newest.values()].sort((a, b) => b - a).slice(0, UNITS_MAX);
  return {
    kind: "missed",
    misses: misses.map((index) => explainMiss(index, source)),
    recent,
    keyChange: keyChange(misses[0] ?? 0, source),
  };
}

function keyChange(index: number, { events }: MissSource) {
  const event = events[index];
  const hit = event === undefined ? undefined : earlier(events, index, event).find(isHit);
  const now = event?.cache_key ?? "";
  return hit === undefined || now === "" || hit.cache_key === now
    ? undefined
    : { before: hit.cache_key, now };
}

type Unit = Pick<Event, "crate_name" | "unit">;

/** Earlier events of the same unit that have a key, newest first. */
function earlier(events: readonly Event[], index: number, { crate_name, unit }: Unit): Event[] {
  return events
    .slice(0, index)
    .filter((one) => one.crate_name === crate_name && one.unit === unit && one.cache_key !== "")
    .reverse();
}

function explainMiss(index: number, source: MissSource): UnitMiss {
  const event = source.events[index];
  if (event === undefined) throw new RangeError(`no event ${index}`);
  const plainly = (diagnosis: string): UnitMiss => ({
    event,
    diagnosis,
    differences: [],
    chain: [],
  });
  if (event.not_stored !== undefined) {
    return plainly(`not stored -- ${event.not_stored}; it is compiled again in every build`);
  }
  const reason = event.miss_reason ?? "";
  if (reason.startsWith("entry-gone"))
    return plainly("entry gone -- it was cached and has been evicted since");
  if (reason.startsWith("entry-damaged")) {
    return plainly("entry damaged -- it could not be restored and was made again");
  }
  const before = earlier(source.events, index, event);
  if (before.some(({ cache_key }) => cache_key === event.cache_key)) {
    return plainly("entry gone -- the same inputs were cached before and have been removed since");
  }
  const [last] = before;
  return last === undefined
    ? explainFirst(index, event, source)
    : explainChange(index, { event, last, before }, source);
}

interface Changed {
  readonly event: Event;
  readonly last: Event;
  readonly before: readonly Event[];
}

/** The unit was compiled before, with other inputs. */
function explainChange(
  index: number,
  { event, last, before }: Changed,
  source: MissSource,
): UnitMiss {
  const found = nearest(
    before.map(({ cache_key }) => cache_key),
    event.cache_key,
    source,
  );
  const near = before.find(({ cache_key }) => cache_key === found?.key) ?? last;
  const what =
    near.invocation_key === event.invocation_key || found?.sameCall === true
      ? "the same call as before, but something it reads changed"
      : "the call itself or a crate it uses changed";
  return {
    event,
    diagnosis: `key mismatch -- ${what}`,
    differences: found === undefined ? told(event) : shorten(found.words),
    chain: chainOf(found, index, source),
  };
}

/** The first compile of the unit: there may be another unit of the crate to compare it with. */
function explainFirst(index: number, event: Event, source: MissSource): UnitMiss {
  const entries = source
    .entriesOf(event.crate_name)
    .filter(({ key, created }) => key !== event.cache_key && created < event.ts);
  const isKnown =
    entries.length > 0 ||
    source.events
      .slice(0, index)
      .some((one) => one.crate_name === event.crate_name && one.cache_key !== "");
  if (!isKnown) {
    const diagnosis = "never cached -- first build of this crate";
    return { event, diagnosis, differences: [], chain: [] };
  }
  const now = source.inputsOf(event.cache_key);
  const alike = entries.filter(({ key }) => {
    const inputs = source.inputsOf(key);
    return inputs !== undefined && now !== undefined && isSameKind(inputs, now);
  });
  const found = nearest(
    alike.map(({ key }) => key),
    event.cache_key,
    source,
  );
  return {
    event,
    diagnosis: "first build with these inputs -- entry is now cached",
    differences: found === undefined ? [] : shorten(found.words),
    chain: chainOf(found, index, source),
  };
}

/** What makes two units of one crate worth comparing: a library is never compared with its tests. */
const KIND_LABELS = ["--crate-type", "--test", "--target", "--emit", "driver"];

function isSameKind(a: Inputs, b: Inputs): boolean {
  const kindOf = ({ fields }: Inputs) =>
    JSON.stringify(
      fields
        .filter(({ label }) => KIND_LABELS.includes(label))
        .map(({ label, value }) => [label, value]),
    );
  return kindOf(a) === kindOf(b);
}

interface Nearest extends Differences {
  readonly key: string;
}

/** Of these earlier keys, newest first, the one whose inputs differ least; the newest of equals. */
function nearest(
  keys: readonly string[],
  now: string,
  { inputsOf }: MissSource,
): Nearest | undefined {
  const fresh = inputsOf(now);
  let best: Nearest | undefined;
  for (const key of [...new Set(keys)].slice(0, NEAREST_OF)) {
    const old = inputsOf(key);
    if (old === undefined || fresh === undefined) continue;
    const found = compareInputs(old, fresh);
    if (best === undefined || found.words.length < best.words.length) best = { key, ...found };
  }
  return best;
}

/** The wrapper's own words, when the earlier entry is gone and nothing can be compared. */
function told(event: Event): string[] {
  const [, ...members] = (event.miss_reason ?? "").split(": ");
  return members.length === 0
    ? ["the earlier entry is gone, so what changed cannot be shown"]
    : members.map((member) => `${member} changed`);
}

function shorten(words: readonly string[]): string[] {
  if (words.length <= DIFFERENCES_MAX) return [...words];
  return [...words.slice(0, DIFFERENCES_MAX), `and ${words.length - DIFFERENCES_MAX} more`];
}

function chainOf(found: Differences | undefined, index: number, source: MissSource): string[] {
  const seen = new Set<string>();
  return (found?.externs ?? []).flatMap((change) => explainExtern(change, index, source, seen));
}

/** Why a crate's artifact differs, and the crates below that made it differ. */
function explainExtern(
  change: ExternChange,
  index: number,
  source: MissSource,
  seen: Set<string>,
): string[] {
  const { crate, before, now } = change;
  const id = `${crate} ${now?.digest ?? ""}`;
  if (before === undefined || now === undefined || seen.has(id)) return [];
  seen.add(id);
  const made = makersOf(change, index, source);
  if (typeof made === "string") return [`${crate}: ${made}`];
  const found = nearest([made.before], made.now, source);
  const words = found === undefined ? made.told : shorten(found.words);
  const own =
    words.length === 0 ? "compiled to other bytes from the same inputs" : words.join("; ");
  const below = (found?.externs ?? []).flatMap((one) => explainExtern(one, index, source, seen));
  return [`${crate}: ${own}`, ...below];
}

interface Makers {
  readonly before: string;
  readonly now: string;
  /** What to say when one of their entries is gone. */
  readonly told: readonly string[];
}

/** The keys of what made a crate's two artifacts: by their bytes, else by what the log says. */
function makersOf(change: ExternChange, index: number, source: MissSource): Makers | string {
  const { crate, before, now } = change;
  const [old, fresh] = [stored(before, source), stored(now, source)];
  if (old !== undefined && fresh !== undefined && old.key !== fresh.key) {
    return { before: old.key, now: fresh.key, told: [] };
  }
  const { events } = source;
  const [last] = earlier(events, index, { crate_name: crate, ...unitOf(now) });
  if (last === undefined) return "no event tells how it was built";
  const previous = earlier(events, events.lastIndexOf(last), {
    crate_name: crate,
    ...unitOf(before),
  }).find(({ cache_key }) => cache_key !== last.cache_key);
  if (previous === undefined) return `first built at ${last.ts}`;
  return { before: previous.cache_key, now: last.cache_key, told: told(last) };
}

function stored(artifact: Artifact | undefined, { makerOf }: MissSource): StoredEntry | undefined {
  return artifact?.digest === undefined ? undefined : makerOf(artifact.digest);
}

/** Events of a unit without a name of its own have none either. */
function unitOf(artifact: Artifact | undefined): Pick<Event, "unit"> {
  return artifact?.unit === undefined ? {} : { unit: artifact.unit };
}
