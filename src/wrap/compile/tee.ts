// A compiler's streams on their way to ours: forwarded as they come, and kept for the entry.
import type { ChildRun, Sink } from "../../base/spawn.ts";
import { type CompilerPlan, STDERR, STDOUT } from "../call/caller.ts";
import type { Invocation } from "../call/invocation.ts";
import type { EndedRun } from "./run-plan.ts";

const STREAM_BYTES_MAX = 32 * 1024 ** 2;

/** Gives what people see of a stream's next bytes. */
export type Show = (bytes: Uint8Array) => Uint8Array;

/** A stream of the calling process; none for a run that nobody sees. */
function streamOf({ caller }: Invocation, silent: boolean, fd: number): Sink | undefined {
  if (silent) return undefined;
  return (bytes) => caller.write(fd, bytes);
}

/** Collects a stream up to a bound while passing it on. */
class Tee {
  #chunks: Uint8Array[] | undefined = [];
  #bytes = 0;
  readonly #stream: Sink | undefined;
  readonly #show: Show;

  /** Without a stream nobody sees it. */
  constructor(stream: Sink | undefined, show: Show) {
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

/** Both streams of a run. */
export interface TeedStreams {
  readonly sinks: Pick<CompilerPlan, "onStdout" | "onStderr">;
  /** How it ended, and what it printed. */
  readonly ended: (run: ChildRun) => Pick<EndedRun, "end" | "pid" | "stdout" | "stderr">;
}

/** Forwards the streams of a run, a silent one's to nobody, and keeps them. */
export function teeStreams(
  invocation: Invocation,
  silent: boolean,
  show: { readonly stdout: Show; readonly stderr: Show },
): TeedStreams {
  const out = new Tee(streamOf(invocation, silent, STDOUT), show.stdout);
  const err = new Tee(streamOf(invocation, silent, STDERR), show.stderr);
  return {
    sinks: { onStdout: (bytes) => out.take(bytes), onStderr: (bytes) => err.take(bytes) },
    ended: ({ end, pid, sinkFault }) => ({
      end,
      pid,
      stdout: sinkFault === undefined ? out.all() : undefined,
      stderr: sinkFault === undefined ? err.all() : undefined,
    }),
  };
}
