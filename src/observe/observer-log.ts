// The observer's log: header maker and decoder, bytes → events. Pure; touches no disk.
// Grammar and version list: docs/observer.md; the writing side is native/observer-log.h.
// The bytes come from processes that may have been killed at any point, so nothing in them is
// trusted: every length and code is checked before use.

/** How a look at a file ended; `other` is a device, pipe or socket. */
export type FileOutcome = "file" | "directory" | "symlink" | "other" | "absent" | "error";

/** Why a program, or something a program did, cannot be watched. */
export type UnwatchableReason =
  | "static"
  | "32-bit"
  | "foreign-machine"
  | "foreign-loader"
  | "privileged"
  | "unreadable"
  | "script-depth"
  | "function"
  | "nested"
  | "network"
  | "go"
  | "sanitizer";

/** What a change of the name space was. */
export type ChangeKind =
  "mkdir" | "symlink" | "unlink" | "rmdir" | "temp-file" | "temp-directory" | "node" | "truncate";

/** Members every event has. `image` is equal for events of the same program image (one START). */
interface EventOrigin {
  readonly pid: number;
  readonly image: number;
}

/** One record of the log; paths are absolute and not normalised. */
export type ObserverEvent = EventOrigin &
  (
    | { readonly kind: "start"; readonly path: string; readonly parentPid: number }
    | { readonly kind: "read"; readonly path: string; readonly outcome: FileOutcome }
    | {
        readonly kind: "write";
        readonly path: string;
        readonly outcome: FileOutcome;
        /** The file was not empty, and opening it left its content in place. */
        readonly keepsContent: boolean;
      }
    | { readonly kind: "change"; readonly change: ChangeKind; readonly path: string }
    | {
        readonly kind: "move";
        readonly change: "rename" | "link";
        readonly from: string;
        readonly path: string;
      }
    | {
        readonly kind: "probe";
        readonly path: string;
        readonly outcome: FileOutcome;
        /** Whether the answer held the file's times. */
        readonly tellsTimes: boolean;
        /** Whether a call told it that is for something else, such as a change that failed. */
        readonly aside: boolean;
        /** No question: the library is about to write, make or move what the next event names. */
        readonly touches: boolean;
        /** The library that asked for them, when the program loaded it after its start. */
        readonly library: string | undefined;
      }
    | { readonly kind: "list"; readonly path: string; readonly outcome: FileOutcome }
    | {
        readonly kind: "getenv";
        readonly name: string;
        readonly set: boolean;
        /** The library that asked, when the program loaded it after its start. */
        readonly library: string | undefined;
      }
    | { readonly kind: "cwd"; readonly path: string; readonly library: string | undefined }
    | {
        readonly kind: "exec";
        readonly path: string;
        readonly childPid: number;
        /** The library that started it, when the program loaded it after its start. */
        readonly library: string | undefined;
      }
    | {
        readonly kind: "exec-failed";
        readonly path: string;
        readonly errno: number;
        /** Whether an `exec` event of the same pid went before (not so for posix_spawn). */
        readonly announced: boolean;
      }
    | { readonly kind: "unwatchable"; readonly reason: UnwatchableReason; readonly subject: string }
    /** A library that the program loaded after its start and had at its end, or when it closed one. */
    | { readonly kind: "loaded"; readonly path: string }
    /** The program ended in the ordinary way, all its `loaded` before this. */
    | { readonly kind: "end" }
    | { readonly kind: "undecodable" }
  );

/** Why a log cannot be used at all. `torn`: a process was stopped in the middle of a record. */
export type ObserverLogFault = "too-short" | "bad-magic" | "bad-version" | "overflow" | "torn";

/** A decoded log. */
export type ObserverLog =
  | { readonly ok: true; readonly events: readonly ObserverEvent[] }
  | { readonly ok: false; readonly reason: ObserverLogFault };

/** Size of the header; the smallest log. */
export const OBSERVER_LOG_HEADER_BYTES = 64;

const MAGIC = 0x53424f4b;
const VERSION = 4;
const FLAG_OVERFLOW = 1;
const RECORD_HEADER_BYTES = 24;
// The length of a record still being written carries this bit.
const RECORD_LENGTH_MAX = 0x7fffffff;
/** Kinds of records, as native/observer-log.h numbers them. */
const Kind = {
  Start: 1,
  Read: 2,
  Write: 3,
  Change: 4,
  Probe: 5,
  List: 6,
  Getenv: 7,
  Exec: 8,
  ExecFailed: 9,
  Unwatchable: 10,
  Cwd: 11,
  Loaded: 12,
  End: 13,
} as const;

const EXEC_UNANNOUNCED = 1;
const FROM_LIBRARY = 1;
const PROBE_TELLS_TIMES = 2;
const PROBE_ASIDE = 4;
const PROBE_TOUCHES = 8;
const WRITE_KEEPS_CONTENT = 1;

const FILE_OUTCOMES: readonly (FileOutcome | undefined)[] = [
  undefined,
  "file",
  "directory",
  "symlink",
  "other",
  "absent",
  "error",
];
const OUTCOME_SET = 7;
const OUTCOME_UNSET = 8;

const CHANGES: readonly (ChangeKind | "rename" | "link" | undefined)[] = [
  undefined,
  "mkdir",
  "rename",
  "link",
  "symlink",
  "unlink",
  "rmdir",
  "temp-file",
  "temp-directory",
  "node",
  "truncate",
];

const RENAME = CHANGES.indexOf("rename");
const LINK = CHANGES.indexOf("link");

const UNWATCHABLE_REASONS: readonly (UnwatchableReason | undefined)[] = [
  undefined,
  "static",
  "32-bit",
  "foreign-machine",
  "foreign-loader",
  "privileged",
  "unreadable",
  "script-depth",
  "function",
  "nested",
  "network",
  "go",
  "sanitizer",
];

/**
 * The header of an empty log. The file must then be extended (sparsely) to `capacityBytes`, which is
 * rounded down to a multiple of 8.
 */
export function createObserverLog(capacityBytes: number): Uint8Array {
  const bytes = new Uint8Array(OBSERVER_LOG_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setBigUint64(8, BigInt(Math.floor(capacityBytes / 8) * 8), true);
  view.setBigUint64(16, BigInt(OBSERVER_LOG_HEADER_BYTES), true);
  return bytes;
}

/**
 * How many bytes of the file are in use, so that a sparse file need not be read whole; from its
 * first OBSERVER_LOG_HEADER_BYTES. Never more than the stated capacity; 0 when that is no header.
 */
export function observerLogUsedBytes(header: Uint8Array): number {
  if (header.byteLength < OBSERVER_LOG_HEADER_BYTES) return 0;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return 0;
  const capacity = view.getBigUint64(8, true);
  const tail = view.getBigUint64(16, true);
  return Number(tail < capacity ? tail : capacity);
}

/** Decodes a log; `bytes` may end anywhere at or after the bytes in use. */
export function decodeObserverLog(bytes: Uint8Array): ObserverLog {
  if (bytes.byteLength < OBSERVER_LOG_HEADER_BYTES) return { ok: false, reason: "too-short" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return { ok: false, reason: "bad-magic" };
  if (view.getUint32(4, true) !== VERSION) return { ok: false, reason: "bad-version" };
  const isFull = (view.getUint32(24, true) & FLAG_OVERFLOW) !== 0;
  if (isFull || view.getBigUint64(16, true) > view.getBigUint64(8, true)) {
    return { ok: false, reason: "overflow" };
  }
  const end = observerLogUsedBytes(bytes);
  if (end > bytes.byteLength) return { ok: false, reason: "too-short" };

  // One byte is one character, so that places in it are those of the bytes: making each text out of the bytes
  // took half of an engine's time on a miss.
  const log: Log = { bytes, view, latin1: latin1Of(bytes, end) };
  const events: ObserverEvent[] = [];
  let offset = OBSERVER_LOG_HEADER_BYTES;
  while (offset < end) {
    if (end - offset < RECORD_HEADER_BYTES) return { ok: false, reason: "torn" };
    const length = view.getUint32(offset, true);
    const isWhole = length > RECORD_HEADER_BYTES && length <= RECORD_LENGTH_MAX && length % 8 === 0;
    if (!isWhole || length > end - offset) return { ok: false, reason: "torn" };
    events.push(decodeRecord(log, offset, length));
    offset += length;
  }
  return { ok: true, events };
}

interface Log {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly latin1: string;
}

function latin1Of(bytes: Uint8Array, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString("latin1");
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BEYOND_ASCII = /[\x80-\xff]/;

/** Where the NUL-terminated string at `start` ends; negative when that is not before `end`. */
function terminatorOf(log: Log, start: number, end: number): number {
  const terminator = log.latin1.indexOf("\0", start);
  return terminator < end ? terminator : -1;
}

/** The text of these bytes; undefined when they are not UTF-8. */
function textOf({ bytes, latin1 }: Log, start: number, end: number): string | undefined {
  const text = latin1.slice(start, end);
  if (!BEYOND_ASCII.test(text)) return text;
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function decodeRecord(log: Log, offset: number, length: number): ObserverEvent {
  const { view } = log;
  const end = offset + length;
  const start = offset + RECORD_HEADER_BYTES;
  const terminator = terminatorOf(log, start, end);
  const text = terminator < 0 ? undefined : textOf(log, start, terminator);
  const fields: RecordFields = {
    pid: view.getUint32(offset + 8, true),
    image: view.getUint32(offset + 16, true),
    kind: view.getUint8(offset + 4),
    outcome: view.getUint8(offset + 5),
    flags: view.getUint16(offset + 6, true),
    value: view.getInt32(offset + 12, true),
    text: text ?? "",
  };
  const event = text === undefined ? undefined : decodeWhole(log, fields, terminator + 1, end);
  return event ?? { pid: fields.pid, image: fields.image, kind: "undecodable" };
}

/** `second` is where a second text would begin. */
function decodeWhole(
  log: Log,
  fields: RecordFields,
  second: number,
  end: number,
): ObserverEvent | undefined {
  const { kind, flags } = fields;
  const isMove = kind === Kind.Change && (flags === RENAME || flags === LINK);
  const isFromLibrary = (flags & FROM_LIBRARY) !== 0 && ASKED_OR_STARTED.has(kind);
  if (!isMove && !isFromLibrary) return decodeFields(fields, undefined);
  const terminator = terminatorOf(log, second, end);
  const path = terminator < 0 ? undefined : textOf(log, second, terminator);
  if (!isAbsolute(path)) return undefined;
  return isMove ? decodeMove(fields, path) : decodeFields(fields, path);
}

/** Records that may name the library that made the call. */
const ASKED_OR_STARTED: ReadonlySet<number> = new Set([
  Kind.Getenv,
  Kind.Cwd,
  Kind.Probe,
  Kind.Exec,
]);

interface RecordFields extends EventOrigin {
  readonly kind: number;
  readonly outcome: number;
  readonly flags: number;
  readonly value: number;
  readonly text: string;
}

function isAbsolute(path: string | undefined): path is string {
  return path !== undefined && path.startsWith("/");
}

function decodeMove(fields: RecordFields, to: string): ObserverEvent | undefined {
  const { pid, image, flags, text } = fields;
  if (!isAbsolute(text)) return undefined;
  const change = flags === RENAME ? "rename" : "link";
  return { pid, image, kind: "move", change, from: text, path: to };
}

function decodeQuestion(
  { pid, image, kind, outcome, text }: RecordFields,
  library: string | undefined,
): ObserverEvent | undefined {
  if (kind === Kind.Cwd)
    return isAbsolute(text) ? { pid, image, kind: "cwd", path: text, library } : undefined;
  if (outcome !== OUTCOME_SET && outcome !== OUTCOME_UNSET) return undefined;
  return { pid, image, kind: "getenv", name: text, set: outcome === OUTCOME_SET, library };
}

function decodeFields(
  fields: RecordFields,
  library: string | undefined,
): ObserverEvent | undefined {
  const { pid, image, kind, flags, value, text } = fields;
  if (kind === Kind.Getenv || kind === Kind.Cwd) return decodeQuestion(fields, library);
  if (kind === Kind.Unwatchable) {
    const reason = UNWATCHABLE_REASONS[flags];
    return reason && { pid, image, kind: "unwatchable", reason, subject: text };
  }
  if (kind === Kind.Start)
    return isAbsolute(text)
      ? { pid, image, kind: "start", path: text, parentPid: value }
      : undefined;
  if (kind === Kind.End) return { pid, image, kind: "end" };
  if (kind === Kind.ExecFailed) {
    const announced = (flags & EXEC_UNANNOUNCED) === 0;
    return { pid, image, kind: "exec-failed", path: text, errno: value, announced };
  }
  if (!isAbsolute(text)) return undefined;
  if (kind === Kind.Loaded) return { pid, image, kind: "loaded", path: text };
  if (kind === Kind.Exec) return { pid, image, kind: "exec", path: text, childPid: value, library };
  if (kind === Kind.Change) {
    const change = CHANGES[flags];
    if (change === undefined || change === "rename" || change === "link") return undefined;
    return { pid, image, kind: "change", change, path: text };
  }
  return decodeAccess(fields, library);
}

function decodeAccess(
  fields: RecordFields,
  library: string | undefined,
): ObserverEvent | undefined {
  const { pid, image, kind, flags, text } = fields;
  const outcome = FILE_OUTCOMES[fields.outcome];
  if (outcome === undefined) return undefined;
  switch (kind) {
    case Kind.Read:
      return { pid, image, kind: "read", path: text, outcome };
    case Kind.Write: {
      const keepsContent = (flags & WRITE_KEEPS_CONTENT) !== 0;
      return { pid, image, kind: "write", path: text, outcome, keepsContent };
    }
    case Kind.Probe:
      return {
        ...{ pid, image, kind: "probe", path: text, outcome, library },
        tellsTimes: (flags & PROBE_TELLS_TIMES) !== 0,
        aside: (flags & PROBE_ASIDE) !== 0,
        touches: (flags & PROBE_TOUCHES) !== 0,
      };
    case Kind.List:
      return { pid, image, kind: "list", path: text, outcome };
    default:
      return undefined;
  }
}
