// From what was recognised to a C or C++ compiler call: names the compiler where the caller left it
// out, steps over ourselves along PATH, and hands over what is not served.
import type { CcCall } from "../compiler/cc/cc-call.ts";
import { isSourceName } from "../compiler/cc/unnamed-call.ts";
import { type CompilerWords, environmentCompiler } from "../compiler/cc/environment-compiler.ts";
import { baseName } from "../base/path.ts";
import { programName } from "../compiler/program-name.ts";
import { type Recognized, recognize } from "../compiler/recognize.ts";
import { chainWith, nextOnPath, realProgram, SHIM_CHAIN_VARIABLE } from "../key/real-program.ts";
import { handedOver, type Invocation, withWords } from "./call/invocation.ts";
import { type End, STDERR } from "./call/caller.ts";
import { beginCc } from "./cc/begin.ts";
import { openCall } from "./unit/opened-call.ts";
import { recordPassthrough } from "./record.ts";
import { wrap } from "./wrap.ts";

type CcRecognized = Extract<
  Recognized,
  { kind: "cc" | "cc-as-called" | "family-probe" | "unnamed-cc" }
>;

const EXIT_NOT_FOUND = 127;

/** Serves a call under a compiler's name, which stands for the next program of that name. */
export async function enterShim(called: Invocation, name: string): Promise<End> {
  const { calledAs, words, env } = called;
  const real = nextOnPath(calledAs, name, called);
  if (real === undefined) return noCompiler(called, name);
  const changes = { [SHIM_CHAIN_VARIABLE]: chainWith(real, env) };
  const invocation = { ...withWords(called, [real, ...words]), changes };
  const call = recognize(invocation);
  if (call.kind === "cc") return serve(invocation, call);
  return asCalled(invocation, call.kind === "cc-as-called" ? call.reason : `called as ${name}`);
}

/** Serves a call that names its compiler, or leaves that to the environment. */
export async function enterCc(invocation: Invocation, call: CcRecognized): Promise<End> {
  switch (call.kind) {
    case "family-probe": {
      const named = environmentCompiler(invocation.env, invocation.calledAs, "either") ?? ["cc"];
      const run = behind(invocation, named, call.args);
      return "kind" in run ? run : handedOver(run);
    }
    case "unnamed-cc": {
      const compiler: CompilerWords = call.cxx ? ["c++"] : ["cc"];
      return enterCc(invocation, { kind: "cc", compiler, args: call.args, spelling: "gnu" });
    }
    case "cc-as-called": {
      const run = behind(invocation, call.words, call.args);
      return "kind" in run ? run : asCalled(run, call.reason);
    }
    case "cc": {
      const run = behind(invocation, call.compiler, call.args);
      if ("kind" in run) return run;
      const [word] = run.words;
      const compiler: CompilerWords = [word ?? call.compiler[0], ...call.compiler.slice(1)];
      return serve(run, { ...call, compiler });
    }
  }
}

/** The call as it runs the compiler, whose word may lead back to us; the end where there is none. */
function behind(
  invocation: Invocation,
  [word, ...more]: CompilerWords,
  args: readonly string[],
): Invocation | End {
  const real = realProgram(word, invocation);
  if (real === undefined) return noCompiler(invocation, word);
  return withWords(invocation, [real, ...more, ...args]);
}

function noCompiler({ caller, calledAs }: Invocation, name: string): End {
  const text =
    `kache: no program \`${programName(name)}\` besides kache itself is on PATH ` +
    `(called as ${calledAs}); install the compiler or put its directory on PATH\n`;
  caller.write(STDERR, new TextEncoder().encode(text));
  return { kind: "exited", code: EXIT_NOT_FOUND };
}

async function serve(invocation: Invocation, call: CcCall): Promise<End> {
  return wrap(invocation, () => beginCc(invocation, call));
}

/** Runs it untouched, with an event that says why unless nothing is to be recorded. */
function asCalled(invocation: Invocation, reason: string): End {
  const { env, words } = invocation;
  const { config, layout } = openCall(invocation);
  if ((env["KACHE_ACTIVE"] ?? "") !== "" || config.disabled) {
    return handedOver(invocation);
  }
  const source = words.slice(1).find(isSourceName);
  const crate = source === undefined ? programName(words[0] ?? "") : baseName(source);
  recordPassthrough({ invocation, config, layout, crate, reason: `refused: ${reason}` });
  return handedOver(invocation, config.fallback);
}
