// `kache engine <socket>`: serves calls at this socket until nobody has called for a while. Wrappers start it.
import { runEngine } from "../../engine/engine.ts";
import { type Context, Exit } from "../context.ts";

/** Runs the command. */
export async function run({ options, invocation }: Context): Promise<number> {
  return (await runEngine(options.operand ?? "", invocation.env["TZ"])) ? Exit.Ok : Exit.Failed;
}
