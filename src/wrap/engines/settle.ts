// Engines answer before they have stored: whoever looks at a cache directory asks them to finish first.
import type { Env } from "../../base/environment.ts";
import { pauseMs } from "../../base/clock.ts";
import { closeFd } from "../../base/file.ts";
import { ask, connectLocal } from "../../base/local-socket.ts";
import { livingEngines } from "./running-engines.ts";
import { encodeFrame, encodeRequest } from "./frames.ts";

/** One that takes longer to hear us is stopped. */
const WAIT_MS = 2000;
/** It stores some ten results a second or more, and holds a hundred or two. */
const STORE_MS_MAX = 60_000;

/** An engine that a caller has given up listens under its name again once it is done with what it is at. */
function connectPatiently(socket: string): number {
  const PAUSE_MS = 5;
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    const fd = connectLocal(socket);
    if (fd >= 0 || waitedMs >= WAIT_MS) return fd;
    pauseMs(PAUSE_MS);
  }
}

const ACCEPTED = "A".charCodeAt(0);

/** Has this user's engines store what their callers have made, and waits for it. */
export function settleEngines(env: Env): void {
  for (const { socket } of livingEngines(env)) {
    const fd = connectPatiently(socket);
    if (fd < 0) continue;
    const request = { streams: 0, umask: 0o022, cwd: "/", words: ["kache"], variables: [] };
    const accepted = ask(fd, encodeRequest(request), WAIT_MS);
    if (accepted?.[0] === ACCEPTED) ask(fd, encodeFrame("s", new Uint8Array()), STORE_MS_MAX);
    closeFd(fd);
  }
}
