// Hands over to the real compiler exactly as called; the last resort of every error. The fallback
// wrapper, when one is configured, stands in front of it.
import { errorText } from "../../base/error-text.ts";
import { execProgram, rawArguments } from "../../base/exec.ts";
import { decodeUtf8, isFile, writeAll } from "../../base/file.ts";
import { Errno, exitNow } from "../../base/libc.ts";
import { findProgram } from "../../base/program.ts";
import { STDERR } from "./caller.ts";
import type { Handover } from "./handover.ts";

const EXIT_NOT_FOUND = 127;
const EXIT_NOT_RUNNABLE = 126;

function handoverWords(handover: Handover): (string | Uint8Array)[] {
  const { words, damaged, verbatim } = handover;
  const raw = damaged ? rawArguments() : undefined;
  if (raw === undefined) return [...words];
  const given = raw.slice(raw.length - verbatim).map((word) => decodeUtf8(word) ?? word);
  return [...words.slice(0, words.length - verbatim), ...given];
}

/** The fallback wrapper that is to stand in front; undefined when there is none or it is not installed. */
export function fallbackOf(
  handover: Handover,
): { readonly path: string; readonly name: string } | undefined {
  const { fallback } = handover;
  const path = fallback === undefined ? undefined : findProgram(fallback, handover);
  if (fallback === undefined || path === undefined || !isFile(path)) return undefined;
  return { path, name: fallback };
}

/** What a call says, and its status, where the program could not be started: a shell's status and one line. */
export function notRun(
  name: string,
  fault: number,
): { readonly message: string; readonly status: number } {
  return {
    message: `kache: cannot run ${name}: ${errorText(fault)}\n`,
    status: fault === Errno.NoEntry ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE,
  };
}

/** Replaces this process. Ends with a shell's status and one line when even that is impossible. */
export function passthrough(handover: Handover): never {
  const words = handoverWords(handover);
  const { env, changes } = handover;
  const front = fallbackOf(handover);
  if (front !== undefined) {
    execProgram(front.path, [front.name, ...words], changes, env["PATH"]);
  }
  const [program] = words;
  const fault =
    program === undefined ? Errno.NoEntry : execProgram(program, words, changes, env["PATH"]);
  const name = typeof program === "string" ? program : new TextDecoder().decode(program);
  const { message, status } = notRun(name, fault);
  writeAll(STDERR, new TextEncoder().encode(message));
  return exitNow(status);
}
