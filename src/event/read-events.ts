// events.jsonl → Events. Every line is untrusted: one that does not decode is skipped, members that are missing count
// as zero. Takes no lock, since appends are single writes and rotation replaces the file as a whole.
import { countOf, isRecord, type JsonRecord, parseRecord, textOf } from "../base/json.ts";
import { closeFd, openRead, readFd, type Stat, statFd } from "../base/file.ts";
import { libcCold } from "../base/libc.ts";
import {
  blankEvent,
  type Event,
  EVENT_RESULTS,
  type EventResult,
  VERIFY_RESULTS,
  type VerifyResult,
} from "./event.ts";

const RESULTS: ReadonlySet<unknown> = new Set(EVENT_RESULTS);

function isResult(value: unknown): value is EventResult {
  return RESULTS.has(value);
}

const VERIFIED: ReadonlySet<unknown> = new Set(VERIFY_RESULTS);

function isVerifyResult(value: unknown): value is VerifyResult {
  return VERIFIED.has(value);
}

const LINE_BYTES_MAX = 1 << 20;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** One line as an event; undefined for anything that is not one. */
export function decodeEvent(line: string): Event | undefined {
  return fromRecord(parseRecord(line) ?? parseRecord(afterTornStart(line)));
}

/** A killed writer leaves a line without an end, and the next event follows on the same line. */
function afterTornStart(line: string): string {
  const at = line.lastIndexOf('{"ts":');
  return at > 0 ? line.slice(at) : "";
}

function fromRecord(raw: JsonRecord | undefined): Event | undefined {
  if (raw === undefined || !isResult(raw["result"])) return undefined;
  const ts = textOf(raw["ts"]) ?? "";
  if (Number.isNaN(Date.parse(ts))) return undefined;
  const blank = blankEvent(
    textOf(raw["crate_name"]) ?? "",
    textOf(raw["version"]) ?? "",
    raw["result"],
  );
  const event: Record<string, unknown> = {
    ...blank,
    ts,
    cache_key: textOf(raw["cache_key"]) ?? "",
  };
  for (const [name, value] of Object.entries(blank)) {
    if (typeof value === "number") event[name] = countOf(raw[name]);
  }
  return { ...blank, ...event, ...optionalMembers(raw) };
}

function optionalMembers(raw: JsonRecord): Partial<Event> {
  const text = (name: string) => {
    const value = textOf(raw[name]);
    return value === undefined || value === "" ? {} : { [name]: value };
  };
  const code = raw["exit_code"];
  return {
    ...text("passthrough_reason"),
    ...text("invocation_key"),
    ...text("unit"),
    ...text("not_stored"),
    ...text("miss_reason"),
    ...text("observed"),
    ...text("bound_to"),
    ...(isVerifyResult(raw["verified"]) ? { verified: raw["verified"] } : {}),
    ...text("verify_detail"),
    ...text("verify_evidence"),
    ...(raw["fallback"] === true ? { fallback: true } : {}),
    ...(raw["engine"] === true ? { engine: true } : {}),
    ...(raw["answered_first"] === true ? { answered_first: true } : {}),
    ...(typeof code === "number" && Number.isInteger(code) ? { exit_code: code } : {}),
    ...(isRecord(raw["phases_us"]) ? { phases_us: phasesOf(raw["phases_us"]) } : {}),
  };
}

function phasesOf(raw: JsonRecord): Record<string, number> {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, countOf(value)]));
}

/** Where a reader stopped: it may go on from here as long as the file is the same one. */
export interface LogPosition {
  /** Inode and beginning: file systems give the inode of a deleted log to the next one. */
  readonly log: string;
  readonly offset: number;
}

/** Events from a position on (from the start without one), and where the next reader goes on. */
export function readEventsFrom(
  path: string,
  from: LogPosition | undefined,
  take: (event: Event) => void,
): LogPosition | undefined {
  const fd = openRead(path);
  if (fd < 0) return undefined;
  try {
    const stat = statFd(fd);
    if (typeof stat === "string" || stat.kind !== "file") return undefined;
    const log = identify(fd, stat);
    const resumed = from?.log === log && from.offset <= stat.size;
    const start = resumed ? from.offset : 0;
    const SEEK_SET = 0;
    libcCold().lseek(fd, start, SEEK_SET);
    return { log, offset: start + readLines(fd, take) };
  } finally {
    closeFd(fd);
  }
}

/** The first event's time is in its first bytes, to the millisecond. */
const HEAD_BYTES = 64;

function identify(fd: number, stat: Stat): string {
  const head = new Uint8Array(HEAD_BYTES);
  const got = Math.max(readFd(fd, head), 0);
  // A log whose beginning is still being written is read from its start next time.
  return `${stat.dev}.${stat.inoHigh}.${stat.inoLow}.${head.subarray(0, got).toHex()}`;
}

/** Reads whole lines and answers how many bytes they were; an unfinished last line is left alone. */
function readLines(fd: number, take: (event: Event) => void): number {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(CHUNK_BYTES);
  let rest: Uint8Array = new Uint8Array(0);
  let done = 0;
  for (let got = readFd(fd, chunk); got > 0; got = readFd(fd, chunk)) {
    const bytes =
      rest.length === 0 ? chunk.subarray(0, got) : Buffer.concat([rest, chunk.subarray(0, got)]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    for (const line of decoder.decode(bytes.subarray(0, end)).split("\n")) {
      const event = line === "" ? undefined : decodeEvent(line);
      if (event !== undefined) take(event);
    }
    done += end;
    // A copy: the chunk is read into again.
    rest = new Uint8Array(bytes.subarray(end));
    // A line this long is no event: it must not be carried along for ever.
    if (rest.length > LINE_BYTES_MAX) {
      done += rest.length;
      rest = new Uint8Array(0);
    }
  }
  return done;
}

/**
 * All events, or those not older than a time (milliseconds since 1970), in the order of their times: a miss is written
 * down when it has been stored, after calls that came later. None without a log.
 */
export function readEvents(path: string, sinceMs = 0): Event[] {
  const timed: { readonly event: Event; readonly atMs: number }[] = [];
  readEventsFrom(path, undefined, (event) => {
    const atMs = Date.parse(event.ts);
    if (atMs >= sinceMs) timed.push({ event, atMs });
  });
  return timed.sort((a, b) => a.atMs - b.atMs).map(({ event }) => event);
}
