// Invocation → Unit, or a handover to the compiler: configuration, argument files, parsing, policy.
import type { Digest } from "../../base/digest.ts";
import { decodeUtf8, readFileBytes } from "../../base/file.ts";
import { joinPath } from "../../base/path.ts";
import type { RustcCall } from "../../compiler/recognize-rustc.ts";
import { isWrittenInto, makesExecutable } from "../../compiler/rustc/output-kind.ts";
import { outputsOf } from "../../compiler/rustc/outputs.ts";
import { parseRustc } from "../../compiler/rustc/parse-rustc.ts";
import { TERMINAL_WIDTH } from "../../compiler/rustc/presentation.ts";
import { type RustcCompile, STDIN_SOURCE } from "../../compiler/rustc/rustc-compile.ts";
import { type Bypass, bypass, descriptorBypass } from "../../compiler/bypass.ts";
import type { Config } from "../../config/config.ts";
import { DigestMemo } from "../../key/digest-memo.ts";
import { isExcluded } from "../../key/exclude.ts";
import { FileDigests } from "../../key/file-digest.ts";
import { type Roots, rootsOf } from "../../key/roots.ts";
import { type ToolchainQuestion, ToolchainSource } from "../../key/toolchain.ts";
import { STDERR, STDOUT } from "../call/caller.ts";
import type { Invocation } from "../call/invocation.ts";
import { detachOutputs } from "../compile/detach.ts";
import type { Begun } from "../unit/begun.ts";
import { isUsableState } from "./incremental.ts";
import { unrecorded, openCall, type OpenedCall, refuse } from "../unit/opened-call.ts";
import { isRunForMessages, uncachedWords } from "./remap.ts";
import { withRustc } from "./language.ts";
import type { RustcUnit } from "./rustc-unit.ts";
import { takeStdinSource } from "./stdin-source.ts";

/** Understands a rustc call. */
export function beginRustc(invocation: Invocation, call: RustcCall): Begun {
  const opened = openCall(invocation);
  const { config } = opened;
  if ((invocation.env["KACHE_ACTIVE"] ?? "") !== "" || config.disabled) {
    return unrecorded(invocation);
  }
  const parsed = understand(invocation, call);
  if ("kind" in parsed) {
    const refused = refuse(opened, parsed, { crate: "", reason: reasonText(parsed) });
    // Which target and standard library are meant is not understood, so the host's is made ready.
    return parsed.reason === "query" ? { ...refused, asked: questionOf(opened, call) } : refused;
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
  if (refused !== undefined) return refuseUnderstood(opened, refused, asked, roots);
  const unit = unitOf(opened, call, roots, source ?? { compile: asked });
  return { kind: "unit", unit: withRustc(unit) };
}

/** What a call's arguments come to. */
function understand({ damaged, cwd }: Invocation, call: RustcCall): RustcCompile | Bypass {
  if (damaged) return bypass("not-utf8", "an argument is not UTF-8");
  const descriptor = descriptorBypass(call.args);
  if (descriptor !== undefined) return descriptor;
  const args = call.args.slice(channelOf(call) === undefined ? 0 : 1);
  const expanded = expandArguments(args, cwd);
  if ("kind" in expanded) return expanded;
  return parseRustc({ compiler: call.compiler, inner: call.inner, ...expanded });
}

/** rustup's `+name`, which it takes before all arguments. */
function channelOf({ args: [first] }: RustcCall): string | undefined {
  return first?.startsWith("+") === true ? first : undefined;
}

/** Which toolchain a call is for; without a target and a sysroot of its own, the compiler's. */
function questionOf(
  { invocation: { cwd, env }, config: { cacheDir } }: OpenedCall,
  call: RustcCall,
  { target, sysroot }: Partial<Pick<RustcCompile, "target" | "sysroot">> = {},
): ToolchainQuestion {
  const { compiler, inner } = call;
  return { compiler, inner, channel: channelOf(call), target, sysroot, cwd, env, cacheDir };
}

/** The compiler is to run as a miss would run it, though nothing will be kept. */
function refuseUnderstood(
  opened: OpenedCall,
  refused: Bypass,
  compile: RustcCompile,
  roots: Roots,
): Begun {
  const { invocation, config } = opened;
  detachOutputs(outputsOf(compile), invocation.cwd, isWrittenInto);
  const keepsIncremental = config.incremental === "keep" || refused === UNUSABLE_STATE;
  const words = uncachedWords(invocation.words, compile, roots, keepsIncremental);
  return refuse(opened, refused, { crate: compile.crateName, reason: reasonText(refused), words });
}

/** The unit of a compile whose source, where it comes through standard input, has been read. */
function unitOf(
  opened: OpenedCall,
  call: RustcCall,
  roots: Roots,
  { compile, digest }: { readonly compile: RustcCompile; readonly digest?: Digest },
): RustcUnit {
  const { invocation, config, layout, timeline } = opened;
  const toolchain = new ToolchainSource(questionOf(opened, call, compile));
  const { keySalt, keyEnvVars } = config;
  const place = {
    cwd: invocation.cwd,
    env: invocation.env,
    roots,
    digests: new FileDigests(new DigestMemo(config.cacheDir)),
    toolchain,
    keySalt,
    keyEnvVars,
    stdin: digest,
    remapped: compile.remapped,
  };
  return { invocation, config, layout, compile, channel: channelOf(call), place, timeline };
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
  if (invocation.env["RUSTC_LOG_OUTPUT_TARGET"] !== undefined)
    return bypass("unsupported-output", "a log in a file (RUSTC_LOG_OUTPUT_TARGET)");
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
