// A call with several sources: one process of ours for each, one after the other, with this one's streams.
// Each finds, makes and records its own result; what is left to do here is to end as the compiler would.
import { environmentWith, stringVector } from "../base/environment.ts";
import { type ChildEnd, jobserverFds, runAttached } from "../base/spawn.ts";
import type { SeveralCalls } from "./unit/begun.ts";
import type { Invocation } from "./call/invocation.ts";
import { needsOwnProcess } from "../base/own-process.ts";

/** Serves the calls. The end is the first failure's; a signal ends them all. */
export function serveSeveral({ invocation, calls, stopsAtFailure }: SeveralCalls): ChildEnd {
  needsOwnProcess("a process for each source");
  let end: ChildEnd = { kind: "exited", code: 0 };
  // What one of the calls has compiled must not be compiled again.
  const { caller } = invocation;
  caller.settled = end;
  for (const words of calls) {
    const ended = serveOne(invocation, words);
    const failed = ended.kind !== "exited" || ended.code !== 0;
    if (failed && end.kind === "exited" && end.code === 0) end = ended;
    caller.settled = end;
    if (ended.kind === "signaled") return ended;
    if (failed && stopsAtFailure) break;
  }
  return end;
}

/** Without a process of ours there is still the compiler. */
function serveOne(invocation: Invocation, words: readonly string[]): ChildEnd {
  const { env, changes } = invocation;
  const [compiler = ""] = words;
  const run = (program: string, argv: readonly string[]) =>
    runAttached({
      program,
      argv: stringVector(argv),
      environment: environmentWith(changes),
      inherit: jobserverFds(env),
    });
  const end = run(process.execPath, ["kache", ...words]);
  return end.kind === "not-started" ? run(compiler, words) : end;
}
