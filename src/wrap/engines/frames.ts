// What an engine and its callers say to each other (docs/engine.md). native/launcher/frames.h is the same for
// the other side. Numbers are little endian, texts end with a NUL.
//   request   u32 version (1) · u32 bytes of texts · u32 streams (bits 0 to 2: which are terminals; bit 3: stdout and
//             stderr are one file) ·
//             u32 umask · u32 words · u32 variables · texts: cwd, words, NAME=value
//   frame     u8 kind · u32 bytes · bytes
//   engine    A accepted · O, E what to write to stdout, stderr · X i32 exit status · S i32 signal to end by ·
//             R a program to run · B a program to become · N do it yourself
//   caller    g go on, I am still waiting · s store what is left first (answered by N) · o, e what the program wrote · x i32 pid, i32 wait status (or pid -1 and an error number)
//   program   u32 words · u32 variables · texts: path, words, NAME=value

const encoder = new TextEncoder();

/** A call as a launcher tells it. */
export interface Request {
  /** Bits: see the grammar above. */
  readonly streams: number;
  readonly umask: number;
  readonly cwd: string;
  readonly words: readonly string[];
  readonly variables: readonly string[];
}

/** A frame as it came. */
export interface Frame {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** A program with what it is started with. */
export interface Program {
  readonly path: string;
  readonly words: readonly string[];
  readonly changes: Readonly<Record<string, string>>;
}

const VERSION = 1;
const REQUEST_FIELDS = 6;
const REQUEST_HEADER_BYTES = REQUEST_FIELDS * 4;
const REQUEST_BYTES_MAX = 1 << 20;
const FRAME_HEADER_BYTES = 5;
const FRAME_BYTES_MAX = 1 << 20;

/** A request out of the first bytes of a connection. */
export type Requested = Request | "incomplete" | "invalid";

/** Decodes a request; texts that are not UTF-8 make it invalid, since they could not be passed on. */
export function decodeRequest(bytes: Uint8Array): Requested {
  if (bytes.length < REQUEST_HEADER_BYTES) return "incomplete";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (index: number) => view.getUint32(index * 4, true);
  const [version, length, streams, umask] = [field(0), field(1), field(2), field(3)];
  const [words, variables] = [field(4), field(5)];
  if (version !== VERSION || length > REQUEST_BYTES_MAX) return "invalid";
  if (bytes.length < REQUEST_HEADER_BYTES + length) return "incomplete";
  const block = bytes.subarray(REQUEST_HEADER_BYTES, REQUEST_HEADER_BYTES + length);
  const texts = textsOf(block);
  if (texts?.length !== 1 + words + variables) return "invalid";
  return {
    streams,
    umask,
    cwd: texts[0] ?? "/",
    words: texts.slice(1, 1 + words),
    variables: texts.slice(1 + words),
  };
}

/** Encodes a request. */
export function encodeRequest(request: Request): Uint8Array {
  const { streams, umask, cwd, words, variables } = request;
  const texts = encoder.encode([cwd, ...words, ...variables].map((text) => `${text}\0`).join(""));
  const header = encodeWords(
    ...[VERSION, texts.length, streams, umask, words.length, variables.length],
  );
  const bytes = new Uint8Array(header.length + texts.length);
  bytes.set(header);
  bytes.set(texts, header.length);
  return bytes;
}

const strict = new TextDecoder("utf-8", { fatal: true });

function textsOf(block: Uint8Array): string[] | undefined {
  try {
    return strict.decode(block).split("\0").slice(0, -1);
  } catch (fault) {
    if (fault instanceof TypeError) return undefined;
    throw fault;
  }
}

/** Takes the whole frames from the front of what has arrived; undefined for what is no frame. */
export function takeFrames(
  bytes: Uint8Array,
): { readonly frames: Frame[]; readonly rest: Uint8Array } | undefined {
  const frames: Frame[] = [];
  let rest = bytes;
  while (rest.length >= FRAME_HEADER_BYTES) {
    const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
    const length = view.getUint32(1, true);
    if (length > FRAME_BYTES_MAX) return undefined;
    if (rest.length < FRAME_HEADER_BYTES + length) break;
    const end = FRAME_HEADER_BYTES + length;
    frames.push({
      kind: String.fromCharCode(rest[0] ?? 0),
      bytes: rest.slice(FRAME_HEADER_BYTES, end),
    });
    rest = rest.subarray(end);
  }
  return { frames, rest };
}

/** Encodes a frame. */
export function encodeFrame(kind: string, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + bytes.length);
  frame[0] = kind.charCodeAt(0);
  new DataView(frame.buffer).setUint32(1, bytes.length, true);
  frame.set(bytes, FRAME_HEADER_BYTES);
  return frame;
}

/** Numbers as a frame holds them. */
export function encodeWords(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(words).buffer);
}

/** The program of an R or B frame. */
export function encodeProgram({ path, words, changes }: Program): Uint8Array {
  const variables = Object.entries(changes).map(([name, value]) => `${name}=${value}`);
  const texts = encoder.encode([path, ...words, ...variables].map((text) => `${text}\0`).join(""));
  const counts = encodeWords(words.length, variables.length);
  const bytes = new Uint8Array(counts.length + texts.length);
  bytes.set(counts);
  bytes.set(texts, counts.length);
  return bytes;
}

/** How a program ended, out of an x frame; undefined for one that is too short. */
export function decodeEnded(
  bytes: Uint8Array,
): { readonly pid: number; readonly status: number } | undefined {
  const BYTES = 8;
  if (bytes.length !== BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { pid: view.getInt32(0, true), status: view.getInt32(4, true) };
}
