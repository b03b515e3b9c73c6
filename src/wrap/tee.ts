// A compiler's stream on its way to ours: forwarded as it comes, and kept for the entry.
import { writeAll } from "../base/file.ts";

const STREAM_BYTES_MAX = 32 * 1024 ** 2;

/** Collects a stream up to a bound while passing it on. */
export class Tee {
  #chunks: Uint8Array[] | undefined = [];
  #bytes = 0;
  readonly #fd: number | undefined;
  readonly #show: (bytes: Uint8Array) => Uint8Array;

  /** `show` gives what people see of the next bytes; without a descriptor nobody sees them. */
  constructor(fd: number | undefined, show: (bytes: Uint8Array) => Uint8Array) {
    this.#fd = fd;
    this.#show = show;
  }

  /** Takes the next bytes. */
  take(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > STREAM_BYTES_MAX) this.#chunks = undefined;
    this.#chunks?.push(bytes);
    if (this.#fd !== undefined) writeAll(this.#fd, this.#show(bytes));
  }

  /** Everything, as the compiler wrote it; undefined when it was too much to keep. */
  all(): Uint8Array | undefined {
    return this.#chunks === undefined ? undefined : Buffer.concat(this.#chunks);
  }
}
