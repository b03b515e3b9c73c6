// Asking a program a question: run it, take its standard output.
import { environmentWith, type StringVector, stringVector } from "./environment.ts";
import { isEngine, needsOwnProcess } from "./own-process.ts";
import { runChild } from "./spawn.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** This process's own environment stays as it is byte for byte; an engine has only its caller's text. */
function environmentFor(changes: Readonly<Record<string, string>>, env: Env = {}): StringVector {
  if (!isEngine()) return environmentWith(changes);
  const all = Object.entries({ ...env, ...changes });
  return stringVector(all.map(([name, value]) => `${name}=${value ?? ""}`));
}

/** What a program said, as text. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What a program says on its streams; undefined when it fails or cannot be started. `variables` are set for
 * it; KACHE_ACTIVE keeps a wrapper script that calls us again from waiting for this very answer. With the
 * caller's environment an engine can ask as well; without it, it cannot.
 */
export function askStreams(
  words: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>> = {},
  env?: Env,
): Answer | undefined {
  if (env === undefined) needsOwnProcess(words[0]);
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const { end } = runChild({
    program: words[0],
    argv: stringVector(words),
    environment: environmentFor({ KACHE_ACTIVE: "1", LC_ALL: "C", ...variables }, env),
    inherit: [],
    onStdout: (bytes) => out.push(bytes),
    onStderr: (bytes) => err.push(bytes),
  });
  if (end.kind !== "exited" || end.code !== 0) return undefined;
  const text = (chunks: Uint8Array[]) => new TextDecoder().decode(Buffer.concat(chunks));
  return { stdout: text(out), stderr: text(err) };
}

/** What a program says on standard output, trimmed; undefined when it fails or says nothing. */
export function askProgram(
  words: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>> = {},
  env?: Env,
): string | undefined {
  const said = askStreams(words, variables, env)?.stdout.trim() ?? "";
  return said === "" ? undefined : said;
}
