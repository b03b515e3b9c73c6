// Picks the role of this process: the wrapper is linked in statically, every other role by import(), so
// that a hit loads nothing but itself.
import { recognize, shimName } from "./compiler/recognize.ts";
import { enterCc, enterShim } from "./wrap/enter-cc.ts";
import { readInvocation, withoutOwnName } from "./wrap/invocation.ts";
import { beginRustc } from "./wrap/rustc/begin.ts";
import { handover, passthrough } from "./wrap/passthrough.ts";
import { wrap } from "./wrap/wrap.ts";

const called = readInvocation();
const shim = shimName(called.calledAs);
if (shim !== undefined) enterShim(called, shim);

const invocation = withoutOwnName(called);
const call = recognize(invocation);

switch (call.kind) {
  case "rustc":
    wrap(invocation, () => beginRustc(invocation, call));
  case "cc":
  case "cc-as-called":
  case "family-probe":
  case "unnamed-cc":
    enterCc(invocation, call);
  case "unknown-wrapper": {
    passthrough({ ...handover(invocation), fallback: undefined });
  }
  case "command": {
    const { runCommand } = await import("./cli/cli.ts");
    process.exitCode = await runCommand(invocation);
  }
}
