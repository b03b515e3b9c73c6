// What a call is that does not plainly begin with rustc: a compiler's name that stands for us, a C or C++
// compiler's call, somebody's own wrapper, or a command.
import { recognize, shimName } from "../compiler/recognize.ts";
import { enterCc, enterShim } from "./enter-cc.ts";
import { handedOver, type Invocation, withoutOwnName } from "./call/invocation.ts";
import type { End } from "./call/caller.ts";
import { beginRustc } from "./rustc/begin.ts";
import { wrap } from "./wrap.ts";

/** What a call came to: the end of a compiler's, or a command still to be run. */
export type Entered = End | { readonly kind: "command"; readonly invocation: Invocation };

/** Serves a compiler's call; a command is given back. */
export async function enterOther(called: Invocation): Promise<Entered> {
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
      return handedOver(invocation);
    case "command":
      return { kind: "command", invocation };
  }
}
