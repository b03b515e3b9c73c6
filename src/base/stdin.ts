// Standard input, read once and put back: whatever runs afterwards, as our child or in our place, reads
// the same bytes from the start.
import { cstr, libcCold } from "./libc.ts";
import { needsOwnProcess } from "./own-process.ts";
import { closeFd, readFd, rewindFd, writeAll } from "./file.ts";

const STDIN = 0;
const MFD_CLOEXEC = 1;
/** A source that comes through standard input is a probe's; more is left to the compiler. */
const SOURCE_BYTES_MAX = 1 << 20;

/**
 * Reads standard input to its end and replaces it by a rewound copy in memory. Gives the bytes, or
 * undefined when there is more than 1 MiB (the copy is whole all the same) or when nothing can be
 * read (it is left as it was).
 */
export function rereadableStdin(): Uint8Array | undefined {
  needsOwnProcess("standard input");
  const cold = libcCold();
  const copy = cold.memfd_create(cstr("stdin"), MFD_CLOEXEC);
  if (copy < 0) return undefined;
  const chunks: Uint8Array[] = [];
  const CHUNK_BYTES = 1 << 16;
  const chunk = new Uint8Array(CHUNK_BYTES);
  let bytes = 0;
  let got = readFd(STDIN, chunk);
  const readable = got >= 0;
  for (; got > 0; got = readFd(STDIN, chunk)) {
    bytes += got;
    if (bytes <= SOURCE_BYTES_MAX) chunks.push(chunk.slice(0, got));
    writeAll(copy, chunk.subarray(0, got));
  }
  if (readable) {
    rewindFd(copy);
    cold.dup2(copy, STDIN);
  }
  closeFd(copy);
  return readable && bytes <= SOURCE_BYTES_MAX ? Buffer.concat(chunks) : undefined;
}
