// What a call is that does not plainly begin with rustc: a compiler's name that stands for us, a C or C++
// compiler's call, somebody's own wrapper, or a command.
import { recognize, shimName } from "../compiler/recognize.ts";
import { enterCc, enterShim } from "./enter-cc.ts";
import { type Invocation, withoutOwnName } from "./invocation.ts";
import { handover, passthrough } from "./passthrough.ts";
import { beginRustc } from "./rustc/begin.ts";
import { wrap } from "./wrap.ts";

/** Serves a compiler's call, which ends the process; a command is given back. */
export async function enterOther(called: Invocation): Promise<Invocation | undefined> {
  const shim = shimName(called.calledAs);
  if (shim !== undefined) return enterShim(called, shim);
  const invocation = withoutOwnName(called);
  const call = recognize(invocation);
  switch (call.kind) {
    case "rustc":
      return wrap(invocation, () => beginRustc(invocation, call));
    case "cc":
    case "cc-as-called":
    case "family-probe":
    case "unnamed-cc":
      return enterCc(invocation, call);
    case "unknown-wrapper":
      return passthrough({ ...handover(invocation), fallback: undefined });
    case "command":
      return invocation;
  }
}
