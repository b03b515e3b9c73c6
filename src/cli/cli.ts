// Dispatch: argv → command, exit status, the only catch of this role. Each command is loaded when
// it is called, so that `kache report` does not pay for `kache doctor`.
import { VERSION } from "../base/version.ts";
import { findProgram } from "../base/program.ts";
import { isBareCall } from "../compiler/recognize-rustc.ts";
import { handedOver, type Invocation } from "../wrap/call/invocation.ts";
import { passthrough } from "../wrap/call/passthrough.ts";
import { settleEngines } from "../wrap/engines/settle.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { commandHelp, type CommandName, helpText } from "./command-table.ts";
import {
  CommandError,
  type Context,
  Exit,
  openContext,
  problemText,
  say,
  warn,
} from "./context.ts";

/** A command's module. */
interface Command {
  run(context: Context): number | Promise<number>;
}

function load(name: CommandName): Promise<Command> {
  switch (name) {
    case "list":
      return import("./commands/list.ts");
    case "gc":
      return import("./commands/gc.ts");
    case "purge":
      return import("./commands/purge.ts");
    case "clean":
      return import("./commands/clean.ts");
    case "stats":
      return import("./commands/stats.ts");
    case "report":
      return import("./commands/report.ts");
    case "why-miss":
      return import("./commands/why-miss.ts");
    case "doctor":
      return import("./commands/doctor.ts");
    case "init":
      return import("./commands/init.ts");
    case "shims":
    case "install-shims":
      return import("./commands/shims.ts");
    case "config":
      return import("./commands/config.ts");
    case "daemon":
      return import("./commands/daemon.ts");
    case "engine":
      return import("./commands/engine.ts");
  }
}

/** Commands that list the configuration's problems themselves, or whose output nobody reads. */
const TELLS_PROBLEMS: ReadonlySet<CommandName> = new Set<CommandName>([
  "config",
  "doctor",
  "daemon",
  "engine",
]);

/** Runs the command that the words name and answers with the exit status. */
export async function runCommand(invocation: Invocation): Promise<number> {
  const request = parseArguments(invocation.words);
  switch (request.kind) {
    case "help":
      say(request.command === undefined ? helpText(VERSION) : commandHelp(request.command));
      return Exit.Ok;
    case "version":
      say(`kache ${VERSION}`);
      return Exit.Ok;
    case "usage":
      if (request.isUnknown && isCargosCall(invocation)) {
        return passthrough(handedOver(invocation).handover);
      }
      warn(`error: ${request.message}`);
      return Exit.Usage;
    case "command":
      return await runNamed(request.name, openContext(invocation, request.options));
  }
}

/** A program along PATH that cargo has us stand before, and no slip of somebody's hand. */
function isCargosCall(invocation: Invocation): boolean {
  const { words, env } = invocation;
  return isBareCall(words, env) && findProgram(words[0] ?? "", invocation) !== undefined;
}

async function runNamed(name: CommandName, context: Context): Promise<number> {
  if (!TELLS_PROBLEMS.has(name) && !context.options.has("--background")) {
    warn(...context.problems.map((problem) => `warning: ${problemText(problem)}`));
  }
  // What the last compiles made is to be in the store that a command shows.
  if (name !== "engine" && !context.options.has("--background")) {
    settleEngines(context.invocation.env);
  }
  try {
    const command = await load(name);
    return await command.run(context);
  } catch (fault) {
    if (fault instanceof UsageError) {
      warn(`error: ${fault.message}`);
      return Exit.Usage;
    }
    if (fault instanceof CommandError) {
      warn(`error: ${fault.message}`);
      return Exit.Failed;
    }
    const said = fault instanceof Error ? fault.message : String(fault);
    warn(`error: kache ${name} failed: ${said}; this is a fault in kache, please report it`);
    return Exit.Failed;
  }
}
