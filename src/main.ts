// Picks the role of this process: the wrapper is linked in statically, every other role by import(), so
// that a hit loads nothing but itself.
import { recognize } from "./compiler/recognize.ts";
import { beginRustc } from "./wrap/rustc/begin.ts";
import { readInvocation } from "./wrap/invocation.ts";
import { handover, passthrough } from "./wrap/passthrough.ts";
import { wrap } from "./wrap/wrap.ts";

const invocation = readInvocation();
const call = recognize(invocation.words);

switch (call.kind) {
  case "rustc":
    wrap(invocation, () => beginRustc(invocation, call));
  case "unknown-wrapper": {
    passthrough({ ...handover(invocation), fallback: undefined });
  }
  case "command": {
    const { runCommand } = await import("./cli/cli.ts");
    process.exitCode = await runCommand(invocation);
  }
}
