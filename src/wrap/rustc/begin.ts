// Invocation → Unit, or a handover to the compiler: configuration, argument files, parsing, policy.
import { decodeUtf8, readFileBytes } from "../../base/file.ts";
import { joinPath } from "../../base/path.ts";
import { Timeline } from "../../base/timeline.ts";
import type { RustcCall } from "../../compiler/recognize-rustc.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { makesExecutable } from "../../compiler/rustc/output-kind.ts";
import { parseRustc } from "../../compiler/rustc/parse-rustc.ts";
import { TERMINAL_WIDTH } from "../../compiler/rustc/presentation.ts";
import { type RustcCompile, STDIN_SOURCE } from "../../compiler/rustc/rustc-compile.ts";
import { type Bypass, bypass, descriptorBypass } from "../../compiler/bypass.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load-config.ts";
import { DigestMemo } from "../../key/digest-memo.ts";
import { isExcluded } from "../../key/exclude.ts";
import { FileDigests } from "../../key/file-digest.ts";
import { rootsOf } from "../../key/roots.ts";
import { type ToolchainQuestion, ToolchainSource } from "../../key/toolchain.ts";
import { Layout } from "../../store/layout.ts";
import { STDERR, STDOUT } from "../caller.ts";
import type { Invocation } from "../invocation.ts";
import { detachOutputs } from "../detach.ts";
import type { Begun } from "../begun.ts";
import { isWrittenInto } from "../../compiler/rustc/output-kind.ts";
import { isUsableState } from "./incremental.ts";
import { isRunForMessages, uncachedWords } from "./remap.ts";
import { withRustc } from "./language.ts";
import { takeStdinSource } from "./stdin-source.ts";

type Refused = Extract<Begun, { kind: "handover" }>;

/** Understands a rustc call. */
export function beginRustc(invocation: Invocation, call: RustcCall): Begun {
  const timeline = new Timeline(invocation.caller.startMs);
  const { config } = loadConfig(invocation.env, invocation.cwd);
  const layout = new Layout(config.cacheDir);
  const { words } = invocation;
  const silent = {
    kind: "handover",
    invocation,
    words,
    fallback: undefined,
    record: "unwanted",
  } as const;
  if ((invocation.env["KACHE_ACTIVE"] ?? "") !== "" || config.disabled) return silent;
  const refuse = (refused: Bypass, crate: string, run = words): Refused => ({
    kind: "handover",
    invocation,
    words: run,
    fallback: config.fallback,
    record:
      refused.reason === "query"
        ? "query"
        : { invocation, config, layout, crate, reason: reasonText(refused) },
  });
  if (invocation.damaged) return refuse(bypass("not-utf8", "an argument is not UTF-8"), "");
  const channel = call.args[0]?.startsWith("+") === true ? call.args[0] : undefined;
  const toolchainOf = (target?: string, sysroot?: string): ToolchainQuestion => ({
    compiler: call.compiler,
    inner: call.inner,
    channel,
    target,
    sysroot,
    cwd: invocation.cwd,
    env: invocation.env,
    cacheDir: config.cacheDir,
  });
  const descriptor = descriptorBypass(call.args);
  if (descriptor !== undefined) return refuse(descriptor, "");
  const expanded = expandArguments(call.args.slice(channel === undefined ? 0 : 1), invocation.cwd);
  if ("kind" in expanded) return refuse(expanded, "");
  const parsed = parseRustc({ compiler: call.compiler, inner: call.inner, ...expanded });
  if ("kind" in parsed) {
    const refused = refuse(parsed, "");
    // Which target and standard library are meant is not understood, so the host's is made ready.
    return parsed.reason === "query" ? { ...refused, asked: toolchainOf() } : refused;
  }
  const shared = config.rustcPathNormalize && !isRunForMessages(parsed.outDir);
  const remapped = parsed.remapped && shared;
  const asked = atTerminal({ ...parsed, remapped }, invocation);
  const { cwd, env } = invocation;
  const roots = rootsOf({ cwd, env, outDir: asked.outDir, baseDirs: config.baseDirs });
  const source = asked.source === STDIN_SOURCE ? takeStdinSource(asked) : undefined;
  const refused =
    asked.source === STDIN_SOURCE && source === undefined
      ? bypass("stdin-source", "source from standard input")
      : policy(config, invocation, asked);
  if (refused !== undefined) {
    detachOutputs(outputsOf(asked), cwd, isWrittenInto);
    const keepsIncremental = config.incremental === "keep" || refused === UNUSABLE_STATE;
    const uncached = uncachedWords(words, asked, roots, keepsIncremental);
    return refuse(refused, asked.crateName, uncached);
  }
  const compile = source?.compile ?? asked;
  const toolchain = new ToolchainSource(toolchainOf(compile.target, compile.sysroot));
  const digests = new FileDigests(new DigestMemo(config.cacheDir));
  const { keySalt, keyEnvVars } = config;
  const place = {
    cwd,
    env,
    roots,
    digests,
    toolchain,
    keySalt,
    keyEnvVars,
    stdin: source?.digest,
    remapped: compile.remapped,
  };
  const unit = withRustc({ invocation, config, layout, compile, channel, place, timeline });
  return { kind: "unit", unit };
}

/**
 * On a miss the compiler writes to us and not to the terminal, and would leave colour out: it is asked for
 * what it would have chosen by itself. Cargo asks for JSON, which has no such choice.
 */
function atTerminal(compile: RustcCompile, { env, caller }: Invocation): RustcCompile {
  const isDull = env["TERM"] === "dumb" || (env["NO_COLOR"] ?? "") !== "";
  const chooses = compile.errorFormat !== "json" && !compile.colored && !isDull;
  const flags = chooses && caller.isTerminal(STDERR) ? ["--color=always"] : [];
  // rustc asks any of its streams for a width.
  const isWide = compile.presentation.some((flag) => flag.startsWith("--diagnostic-width="));
  const asksWidth = !isWide && STREAMS.some((fd) => caller.isTerminal(fd));
  const looks = asksWidth ? [...flags, TERMINAL_WIDTH] : flags;
  return {
    ...compile,
    args: [...compile.args, ...flags],
    presentation: [...compile.presentation, ...looks],
  };
}

const STREAMS = [0, STDOUT, STDERR];

/** The reason as reports show it: fixed prefixes that outside tools read. */
function reasonText({ reason, detail }: Bypass): string {
  switch (reason) {
    case "excluded":
      return `source excluded: ${detail}`;
    case "executables-off":
      return "user-facing executable (cache_executables=false)";
    default:
      return `refused: ${detail}`;
  }
}

function policy(config: Config, invocation: Invocation, compile: RustcCompile): Bypass | undefined {
  if (isExcluded(compile.source, config.exclude, invocation))
    return bypass("excluded", compile.source);
  if (!config.cacheExecutables && makesExecutable(compile)) return bypass("executables-off", "");
  if (config.incremental === "keep" && compile.incremental !== undefined) {
    return bypass("incremental-kept", 'incremental unit ([cache] incremental = "keep")');
  }
  if (compile.incremental !== undefined && !isUsableState(invocation.cwd, compile.incremental))
    return UNUSABLE_STATE;
  return undefined;
}

/** rustc, which we would not tell of the directory, fails by it. */
const UNUSABLE_STATE = bypass("unsupported-output", "a directory of -C incremental out of reach");

const ARGUMENT_FILE_BYTES_MAX = 64 * 1024 ** 2;

/** Argument files as rustc reads them: one argument a line, not nested. */
function expandArguments(
  args: readonly string[],
  cwd: string,
): { args: string[]; argumentFiles: string[] } | Bypass {
  const expanded: string[] = [];
  const argumentFiles: string[] = [];
  for (const arg of args) {
    if (!arg.startsWith("@")) {
      expanded.push(arg);
      continue;
    }
    const path = joinPath(cwd, arg.slice(1));
    const bytes = readFileBytes(path, ARGUMENT_FILE_BYTES_MAX);
    const text = typeof bytes === "string" ? undefined : decodeUtf8(bytes);
    if (text === undefined) return bypass("argument-file", `${arg} cannot be read as text`);
    argumentFiles.push(path);
    const lines = text.split(/\r?\n/);
    expanded.push(...(lines.at(-1) === "" ? lines.slice(0, -1) : lines));
  }
  return { args: expanded, argumentFiles };
}
