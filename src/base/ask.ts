// Asking a program a question: run it, take its standard output.
import { environmentWith, stringVector } from "./environment.ts";
import { runChild } from "./spawn.ts";

/**
 * What a program says on standard output, trimmed; undefined when it fails, cannot be started or says
 * nothing. `variables` are set for it; KACHE_ACTIVE keeps a wrapper script that calls us again from
 * waiting for this very answer.
 */
export function askProgram(
  words: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>> = {},
): string | undefined {
  const chunks: Uint8Array[] = [];
  const { end } = runChild({
    program: words[0],
    argv: stringVector(words),
    environment: environmentWith({ KACHE_ACTIVE: "1", LC_ALL: "C", ...variables }),
    inherit: [],
    onStdout: (bytes) => chunks.push(bytes),
    onStderr: () => undefined,
  });
  if (end.kind !== "exited" || end.code !== 0) return undefined;
  const text = new TextDecoder().decode(Buffer.concat(chunks)).trim();
  return text === "" ? undefined : text;
}
