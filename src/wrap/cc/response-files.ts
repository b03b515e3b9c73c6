// Arguments with their response files (`@file`) read in, nested ones too, as far as that is what the
// compiler will do. The compiler still gets the arguments as they are.
import { readFileBytes, statPath } from "../../base/file.ts";
import { joinPath } from "../../base/path.ts";
import { bypass, type Bypass } from "../../compiler/bypass.ts";
import type { CcSpelling } from "../../compiler/cc/cc-compile.ts";
import { responseWords } from "../../compiler/cc/response-file.ts";

/** Arguments as the compiler understands them. */
export interface ExpandedArguments {
  readonly args: readonly string[];
  /** The response files that were read, as written. */
  readonly argumentFiles: readonly string[];
}

const FILES_MAX = 200;
const BYTES_MAX = 64 * 1024 ** 2;

/**
 * Reads the response files. One that is not there is a word like any other. What cannot be read for sure
 * (a pipe, which only one may read; a circle; doubtful quoting) is a Bypass.
 */
export function expandResponseFiles(
  args: readonly string[],
  cwd: string,
  spelling: CcSpelling,
): ExpandedArguments | Bypass {
  if (!args.some((arg) => arg.startsWith("@"))) return { args, argumentFiles: [] };
  if (args.some((arg) => arg.startsWith("--rsp-quoting="))) {
    return bypass("argument-file", "--rsp-quoting= changes how response files are read");
  }
  const expansion: Expansion = { cwd, spelling, files: [], bytesLeft: BYTES_MAX };
  const expanded = expand(args, expansion, []);
  return "kind" in expanded ? expanded : { args: expanded, argumentFiles: expansion.files };
}

interface Expansion {
  readonly cwd: string;
  readonly spelling: CcSpelling;
  readonly files: string[];
  bytesLeft: number;
}

/** `open` are the files whose words are being read: one of them within itself is a circle. */
function expand(
  args: readonly string[],
  expansion: Expansion,
  open: readonly string[],
): string[] | Bypass {
  const words: string[] = [];
  for (const arg of args) {
    const path = arg.startsWith("@") ? joinPath(expansion.cwd, arg.slice(1)) : undefined;
    const content = path === undefined ? undefined : wordsOf(arg, path, expansion);
    if (path === undefined || content === undefined) {
      words.push(arg);
      continue;
    }
    if ("kind" in content) return content;
    if (open.includes(path)) return bypass("argument-file", `${arg} takes in itself`);
    const nested = expand(content, expansion, [...open, path]);
    if ("kind" in nested) return nested;
    words.push(...nested);
  }
  return words;
}

/** The words of one response file; undefined when there is none of that name. */
function wordsOf(arg: string, path: string, expansion: Expansion): string[] | Bypass | undefined {
  const stat = statPath(path);
  if (stat === "absent") return undefined;
  if (stat === "unreadable") return bypass("argument-file", `${arg} cannot be read`);
  if (stat.kind !== "file") return bypass("argument-file", `${arg} is no regular file`);
  const bytes = readFileBytes(path, expansion.bytesLeft);
  if (typeof bytes === "string" || expansion.files.length >= FILES_MAX) {
    return bypass("argument-file", `${arg} is too much to read or cannot be read`);
  }
  expansion.bytesLeft -= bytes.length;
  expansion.files.push(arg.slice(1));
  return (
    responseWords(bytes, expansion.spelling) ??
    bypass("argument-file", `${arg} has quoting that compilers read differently`)
  );
}
