// Picks the role of this process. Calls of rustc are linked in statically, every other role is loaded by
// import(), and what a miss needs by wrap.ts, so that a hit loads nothing but itself.
import { isOwnName } from "./compiler/program-name.ts";
import { recognizeRustc } from "./compiler/recognize-rustc.ts";
import { readInvocation } from "./wrap/invocation.ts";
import { beginRustc } from "./wrap/rustc/begin.ts";
import { wrap } from "./wrap/wrap.ts";

const called = readInvocation();
const call = isOwnName(called.calledAs) ? recognizeRustc(called.words) : undefined;

if (call?.kind === "rustc") {
  await wrap(called, () => beginRustc(called, call));
} else {
  const { enterOther } = await import("./wrap/enter-other.ts");
  const command = await enterOther(called);
  if (command !== undefined) {
    const { runCommand } = await import("./cli/cli.ts");
    process.exitCode = await runCommand(command);
  }
}
