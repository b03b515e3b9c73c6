// Pure: events and the inputs of entries → why a crate was compiled. Events are joined by unit
// (cargo's `-C extra-filename`), never by crate name alone, and only with what stands earlier in
// the log.
import type { Event } from "../event/event.ts";
import { isCompiled } from "../event/stats.ts";
import type { Inputs } from "../store/entry-inputs.ts";
import { compareInputs, type Differences, type ExternChange } from "./differences.ts";

/** Where explanations come from. */
export interface MissSource {
  /** The whole log, in file order. */
  readonly events: readonly Event[];
  /** The inputs of an entry; undefined when it is gone. */
  readonly inputsOf: (cacheKey: string) => Inputs | undefined;
}

/** One unit's newest miss. */
export interface UnitMiss {
  readonly event: Event;
  readonly diagnosis: string;
  readonly differences: readonly string[];
  /** For each extern crate that changed, why that one did, outermost first. */
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

/** Explains the newest misses of a crate. */
export function explainMisses(crateAsked: string, source: MissSource): WhyMiss {
  const crate = crateAsked.replaceAll("-", "_");
  const own = [...source.events.entries()].filter(([, event]) => event.crate_name === crate);
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
  const hit = event === undefined ? undefined : lastBefore(events, index, event, isHitEvent);
  const now = event?.cache_key ?? "";
  return hit === undefined || now === "" || hit.cache_key === now
    ? undefined
    : { before: hit.cache_key, now };
}

function isHitEvent({ result }: Event): boolean {
  return result === "local_hit";
}

type Unit = Pick<Event, "crate_name" | "unit">;

/** The last earlier event of the same unit that satisfies the condition and has a key. */
function lastBefore(
  events: readonly Event[],
  index: number,
  { crate_name, unit }: Unit,
  condition: (event: Event) => boolean,
): Event | undefined {
  return events
    .slice(0, index)
    .findLast(
      (one) =>
        one.crate_name === crate_name &&
        one.unit === unit &&
        one.cache_key !== "" &&
        condition(one),
    );
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
  const before = lastBefore(source.events, index, event, () => true);
  if (before === undefined) return plainly(firstBuild(index, event, source.events));
  if (before.cache_key === event.cache_key) {
    return plainly("entry gone -- the same inputs were cached before and have been removed since");
  }
  const found = compareEvents(before, event, source);
  if (found === undefined)
    return { ...plainly(`key mismatch -- ${mismatch(before, event)}`), differences: told(event) };
  return {
    event,
    diagnosis: `key mismatch -- ${mismatch(before, event)}`,
    differences: shorten(found.words),
    chain: found.externs.flatMap((change) => explainExtern(change, index, source, new Set())),
  };
}

function firstBuild(index: number, event: Event, events: readonly Event[]): string {
  const others = events
    .slice(0, index)
    .some((one) => one.crate_name === event.crate_name && one.cache_key !== "");
  return others
    ? "first build with these inputs -- entry is now cached"
    : "never cached -- first build of this crate";
}

function mismatch(before: Event, event: Event): string {
  return before.invocation_key === event.invocation_key
    ? "the same call as before, but something it reads changed"
    : "the call itself or a crate it uses changed";
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

function compareEvents(
  before: Event,
  now: Event,
  { inputsOf }: MissSource,
): Differences | undefined {
  const [old, fresh] = [inputsOf(before.cache_key), inputsOf(now.cache_key)];
  return old === undefined || fresh === undefined ? undefined : compareInputs(old, fresh);
}

/** Why an extern crate's artifact differs, and the crates below that made it differ. */
function explainExtern(
  change: ExternChange,
  index: number,
  source: MissSource,
  seen: Set<string>,
): string[] {
  const { crate, unitBefore, unitNow } = change;
  if (unitNow === undefined || seen.has(crate + unitNow)) return [];
  seen.add(crate + unitNow);
  const { events } = source;
  const now = lastBefore(events, index, { crate_name: crate, unit: unitNow }, () => true);
  if (now === undefined) return [`${crate}: no event tells how it was built`];
  const at = events.lastIndexOf(now);
  const earlier = { crate_name: crate, unit: unitBefore ?? unitNow };
  const before = lastBefore(events, at, earlier, ({ cache_key }) => cache_key !== now.cache_key);
  if (before === undefined) return [`${crate}: first built at ${now.ts}`];
  const found = compareEvents(before, now, source);
  const words = found === undefined ? told(now) : shorten(found.words);
  const own =
    words.length === 0 ? "compiled to other bytes from the same inputs" : words.join("; ");
  const below = (found?.externs ?? []).flatMap((one) => explainExtern(one, at, source, seen));
  return [`${crate}: ${own}`, ...below];
}
