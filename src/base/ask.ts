// Asking a program a question: run it, take its standard output.
import { environmentWith, stringVector } from "./environment.ts";
import { runChild } from "./spawn.ts";

/** What a program said, as text. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What a program says on its streams; undefined when it fails or cannot be started. `variables` are set for
 * it; KACHE_ACTIVE keeps a wrapper script that calls us again from waiting for this very answer.
 */
export function askStreams(
  words: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>> = {},
): Answer | undefined {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const { end } = runChild({
    program: words[0],
    argv: stringVector(words),
    environment: environmentWith({ KACHE_ACTIVE: "1", LC_ALL: "C", ...variables }),
    inherit: [],
    onStdout: (bytes) => out.push(bytes) > 0,
    onStderr: (bytes) => err.push(bytes) > 0,
  });
  if (end.kind !== "exited" || end.code !== 0) return undefined;
  const text = (chunks: Uint8Array[]) => new TextDecoder().decode(Buffer.concat(chunks));
  return { stdout: text(out), stderr: text(err) };
}

/** What a program says on standard output, trimmed; undefined when it fails or says nothing. */
export function askProgram(
  words: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>> = {},
): string | undefined {
  const said = askStreams(words, variables)?.stdout.trim() ?? "";
  return said === "" ? undefined : said;
}
