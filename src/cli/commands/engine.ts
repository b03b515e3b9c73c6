// `kache engine [stop]`: which engines serve calls, or an end to them. `kache engine <socket>` is how wrappers
// start one: it serves calls at this socket until none has come for a while.
import { runEngine } from "../../engine/engine.ts";
import { livingEngines, stopEngine } from "../../wrap/engines/running-engines.ts";
import { settleEngines } from "../../wrap/engines/settle.ts";
import { type Context, counted, Exit, say } from "../context.ts";
import { UsageError } from "../arguments.ts";

/** Runs the command. */
export async function run({ options, invocation }: Context): Promise<number> {
  const { operand } = options;
  const { env } = invocation;
  if (operand?.startsWith("/") === true) {
    return (await runEngine(operand, env["TZ"])) ? Exit.Ok : Exit.Failed;
  }
  if (operand !== undefined && operand !== "stop") {
    throw new UsageError(
      `unknown action \`${operand}\`; write \`kache engine\` or \`kache engine stop\``,
    );
  }
  const engines = livingEngines(env);
  if (operand === "stop") {
    // Who stops them may take the machine away next.
    settleEngines(env);
    for (const engine of engines) stopEngine(engine);
  }
  const done = operand === "stop" ? "stopped" : "running";
  say(`${counted(engines.length, "engine", "engines")} ${done}`);
  if (operand === undefined) say(...engines.map(({ pid, socket }) => `${pid}  ${socket}`));
  return Exit.Ok;
}
