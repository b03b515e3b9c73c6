// A compiler's stream on its way to ours: forwarded as it comes, and kept for the entry.
import type { Sink } from "../../base/spawn.ts";
import type { Invocation } from "../call/invocation.ts";

const STREAM_BYTES_MAX = 32 * 1024 ** 2;

/** A stream of the calling process; none for a run that nobody sees. */
export function streamOf({ caller }: Invocation, silent: boolean, fd: number): Sink | undefined {
  if (silent) return undefined;
  return (bytes) => caller.write(fd, bytes);
}

/** Collects a stream up to a bound while passing it on. */
export class Tee {
  #chunks: Uint8Array[] | undefined = [];
  #bytes = 0;
  readonly #stream: Sink | undefined;
  readonly #show: (bytes: Uint8Array) => Uint8Array;

  /** `show` gives what people see of the next bytes; without a stream nobody sees them. */
  constructor(stream: Sink | undefined, show: (bytes: Uint8Array) => Uint8Array) {
    this.#stream = stream;
    this.#show = show;
  }

  /** Takes the next bytes; false where nobody reads them. */
  take(bytes: Uint8Array): boolean {
    this.#bytes += bytes.length;
    if (this.#bytes > STREAM_BYTES_MAX) this.#chunks = undefined;
    this.#chunks?.push(bytes);
    return this.#stream?.(this.#show(bytes)) ?? true;
  }

  /** Everything, as the compiler wrote it; undefined when it was too much to keep. */
  all(): Uint8Array | undefined {
    return this.#chunks === undefined ? undefined : Buffer.concat(this.#chunks);
  }
}
