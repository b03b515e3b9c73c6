// Picks the role of this process. Calls of rustc are linked in statically, every other role is loaded by
// import(), and what a miss needs by wrap.ts, so that a hit loads nothing but itself.
import { isOwnName } from "./compiler/program-name.ts";
import { recognizeRustc } from "./compiler/recognize-rustc.ts";
import { endProcess } from "./wrap/end-process.ts";
import { readInvocation } from "./wrap/call/invocation.ts";
import { beginRustc } from "./wrap/rustc/begin.ts";
import { wrap } from "./wrap/wrap.ts";

const called = readInvocation();
const call = isOwnName(called.calledAs) ? recognizeRustc(called.words) : undefined;

if (call?.kind === "rustc") {
  await endProcess(await wrap(called, () => beginRustc(called, call)), called.caller);
} else {
  const { enterOther } = await import("./wrap/enter-other.ts");
  const entered = await enterOther(called);
  if (entered.kind !== "command") await endProcess(entered, called.caller);
  else {
    const { runCommand } = await import("./cli/cli.ts");
    process.exitCode = await runCommand(entered.invocation);
  }
}
