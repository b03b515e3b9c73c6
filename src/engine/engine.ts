// The resident engine: serves calls that launchers hand to it, one stage at a time, with code that is already
// loaded and hot. It keeps nothing between calls that decides anything: files are the truth here as well.
import type { Socket } from "bun";
import { sinceStartMs } from "../base/clock.ts";
import { removeFile, sameStat, type Stat, statPath, type Unseen } from "../base/file.ts";
import { takeLock } from "../base/lock.ts";
import { becomeResident, OwnProcessNeeded } from "../base/own-process.ts";
import { reapEndedChildren } from "../base/spawn.ts";
import { enterOther } from "../wrap/enter-other.ts";
import type { Invocation } from "../wrap/call/invocation.ts";
import { engineLock } from "../wrap/engines/start-engine.ts";
import { Afterwards } from "./afterwards.ts";
import { Conversation } from "./conversation.ts";
// Loaded before the first call, so that no call waits for it between two stages.
import "../wrap/no-hit.ts";
import { decodeRequest, encodeFrame, takeFrames } from "../wrap/engines/frames.ts";

/** After so long without a call it ends: starting one costs a build next to nothing. */
const IDLE_MS = 600_000;
const LOOK_MS = 5000;
/** A process that has grown beyond this makes room for a fresh one. */
const MEMORY_BYTES_MAX = 512 * 1024 ** 2;

/** What belongs to one connection. */
interface Connection {
  /** What has arrived and is not yet understood. */
  arrived: Uint8Array;
  /** What the socket did not take yet. */
  unsent: Uint8Array[];
  conversation: Conversation | undefined;
  isBegun: boolean;
  isOver: boolean;
}

/**
 * Serves at this socket until nobody has called for a while; dates are told in the time zone `TZ` names. False
 * when another engine does already.
 */
export async function runEngine(place: string, zone: string | undefined): Promise<boolean> {
  const lock = takeLock(engineLock(place), 0);
  if (typeof lock !== "object") return false;
  becomeResident();
  process.chdir("/");
  const engine = new Engine(place, zone);
  // Whoever ends it that way has taken both names away already: by now they may be another engine's.
  const isNamed = (await engine.untilDone()) === "idle";
  if (isNamed) removeFile(place);
  lock.release(isNamed);
  return true;
}

class Engine {
  readonly #place: string;
  readonly #zone: string | undefined;
  readonly #localtime = localtime();
  readonly #left = new Afterwards(() => {
    this.#letGo();
  });
  #listener: { stop(closeActive?: boolean): void };
  #serving = 0;
  #tidiedMs = 0;
  /** It was asked to end: it hears no new callers, and keeps what the compilers of its callers still make. */
  #isAsked = false;
  #wake: () => void = () => undefined;

  constructor(place: string, zone: string | undefined) {
    this.#place = place;
    this.#zone = zone;
    this.#listener = this.#listen();
    // Asked twice it ends at once.
    process.once("SIGTERM", () => {
      this.#isAsked = true;
      this.#listener.stop();
      this.#wake();
    });
  }

  #listen(): { stop(closeActive?: boolean): void } {
    removeFile(this.#place);
    return Bun.listen<Connection>({
      unix: this.#place,
      socket: {
        open: (socket) => {
          socket.data = {
            arrived: new Uint8Array(),
            unsent: [],
            conversation: undefined,
            isBegun: false,
            isOver: false,
          };
          this.#serving += 1;
          this.#left.callerCame();
        },
        data: (socket, bytes) => {
          this.#hear(socket, bytes);
        },
        drain: (socket) => {
          flush(socket);
        },
        close: ({ data }) => {
          this.#serving -= 1;
          this.#left.callerWent();
          this.#letGo();
          data.isOver = true;
          data.conversation?.leave();
          if (this.#isAsked) this.#wake();
          else this.#renew();
        },
        error: (socket) => {
          socket.terminate();
        },
      },
    });
  }

  /** Resolves when it is time to end, with the cause. */
  async untilDone(): Promise<"idle" | "asked"> {
    for (;;) {
      await this.#pause();
      if (this.#isAsked) {
        this.#left.finish();
        if (this.#serving === 0) return "asked";
        continue;
      }
      const isGrown = process.memoryUsage.rss() > MEMORY_BYTES_MAX;
      const isIdle = sinceStartMs() - this.#left.heardMs > IDLE_MS;
      if (this.#isIdle() && (isIdle || isGrown)) break;
      if (this.#isIdle()) this.#tidy();
      this.#renew();
    }
    this.#listener.stop();
    return "idle";
  }

  /** Nobody's directory is held on to. */
  #letGo(): void {
    if (this.#isIdle()) process.chdir("/");
  }

  #isIdle(): boolean {
    return this.#serving === 0 && this.#left.isEmpty;
  }

  /** Until it is time to look, or something has happened. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Makes the socket's name again: a launcher that waited in vain, while a large file was stored, took it away. */
  #renew(): void {
    if (statPath(this.#place) !== "absent") return;
    this.#listener.stop();
    this.#listener = this.#listen();
  }

  /** Lets go of mapped files of callers' caches, and of what was started for them and has ended. */
  #tidy(): void {
    reapEndedChildren();
    const { heardMs } = this.#left;
    if (this.#tidiedMs !== heardMs) Bun.gc(true);
    this.#tidiedMs = heardMs;
  }

  #hear(socket: Socket<Connection>, bytes: Uint8Array): void {
    const { data } = socket;
    data.arrived = data.arrived.length === 0 ? bytes.slice() : Buffer.concat([data.arrived, bytes]);
    if (data.conversation === undefined) {
      this.#greet(socket);
      return;
    }
    const taken = takeFrames(data.arrived);
    data.arrived = taken?.rest ?? new Uint8Array();
    for (const frame of taken?.frames ?? []) {
      // Not before: a launcher that has waited too long has gone on by itself.
      if (frame.kind === "g" && !data.isBegun) {
        data.isBegun = true;
        this.#begin(data.conversation);
      } else if (frame.kind === "s" && !data.isBegun) {
        const { conversation } = data;
        this.#left.settle(() => {
          conversation.refuse();
        });
      } else if (!data.conversation.hear(frame)) socket.terminate();
    }
    if (taken === undefined) socket.terminate();
  }

  #greet(socket: Socket<Connection>): void {
    const { data } = socket;
    const request = decodeRequest(data.arrived);
    if (request === "incomplete") return;
    data.arrived = new Uint8Array();
    if (request === "invalid") {
      send(socket, encodeFrame("N", new Uint8Array()));
      return;
    }
    const answer = (frame: Uint8Array) => {
      send(socket, frame);
    };
    data.conversation = new Conversation(request, answer, this.#left);
    send(socket, encodeFrame("A", new Uint8Array()));
  }

  #begin(conversation: Conversation): void {
    const invocation = conversation.invocation();
    if (invocation === undefined || !this.#tellsDatesAs(invocation)) conversation.refuse();
    else void serve(conversation, invocation);
  }

  /** `__DATE__` is told in the caller's time zone. */
  #tellsDatesAs({ env }: Invocation): boolean {
    const now = localtime();
    const before = this.#localtime;
    const isSame =
      typeof now === "object" && typeof before === "object"
        ? sameStat(now, before)
        : now === before;
    return isSame && env["TZ"] === this.#zone;
  }
}

function localtime(): Stat | Unseen {
  return statPath("/etc/localtime");
}

async function serve(conversation: Conversation, invocation: Invocation): Promise<void> {
  try {
    const entered = await enterOther(invocation);
    if (entered.kind === "command") conversation.refuse();
    else conversation.finish(entered);
  } catch (fault) {
    // Whatever it is, the caller's own process can do without us; a compile that was run stands.
    if (!(fault instanceof OwnProcessNeeded)) process.exitCode = 1;
    if (conversation.settled === undefined) conversation.refuse();
    else conversation.finish(conversation.settled);
  }
  conversation.leaveWork();
}

function send(socket: Socket<Connection>, bytes: Uint8Array): void {
  if (socket.data.isOver) return;
  socket.data.unsent.push(bytes);
  flush(socket);
}

function flush(socket: Socket<Connection>): void {
  const { unsent } = socket.data;
  while (unsent[0] !== undefined) {
    const sent = socket.write(unsent[0]);
    if (sent < unsent[0].length) {
      unsent[0] = unsent[0].subarray(Math.max(sent, 0));
      return;
    }
    unsent.shift();
  }
}
