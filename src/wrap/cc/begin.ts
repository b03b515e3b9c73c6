// A recognised C or C++ call → Unit, or a handover to the compiler: configuration, argument files,
// parsing, policy.
import { isFile } from "../../base/file.ts";
import { baseName, joinPath } from "../../base/path.ts";
import { digestOf } from "../../base/digest.ts";
import { rereadableStdin } from "../../base/stdin.ts";
import { type Bypass, bypass, descriptorBypass } from "../../compiler/bypass.ts";
import type { CcCall } from "../../compiler/cc/cc-call.ts";
import type { CcCompile } from "../../compiler/cc/cc-compile.ts";
import { parseCl } from "../../compiler/cc/parse-cl.ts";
import { parseGnu } from "../../compiler/cc/parse-gnu.ts";
import { SEVERAL_SOURCES, splitSources } from "../../compiler/cc/several-sources.ts";
import { STDIN_SOURCE } from "../../compiler/cc/outputs.ts";
import { ccMake, type CcMake, mapsPrefixes } from "../../key/cc-family.ts";
import { ccRootsOf, namedDirectory } from "../../key/cc-roots.ts";
import type { CcKeyPlace } from "../../key/derive-cc-key.ts";
import type { Roots } from "../../key/roots.ts";
import { DigestMemo } from "../../key/digest-memo.ts";
import { isExcluded } from "../../key/exclude.ts";
import { FileDigests } from "../../key/file-digest.ts";
import type { Begun, SeveralCalls } from "../unit/begun.ts";
import type { Invocation } from "../call/invocation.ts";
import { unrecorded, openCall, type OpenedCall, refuse } from "../unit/opened-call.ts";
import type { CcUnit } from "./cc-unit.ts";
import { isColorTerminal } from "./color.ts";
import { expandResponseFiles } from "./response-files.ts";
import { withCc } from "./language.ts";
import { mappedWords } from "./prefix-maps.ts";

/** Understands a C or C++ call whose compiler is known. */
export function beginCc(invocation: Invocation, call: CcCall): Begun {
  const opened = openCall(invocation);
  const { config } = opened;
  if (invocation.env["KACHE_ACTIVE"] === "1" || config.disabled) return unrecorded(invocation);
  const parsed = understand(invocation, call, new Set(config.ccAllowedFlags));
  if (parsed.kind === "several") return { ...parsed, invocation };
  if (parsed.kind === "bypass") {
    return refuse(opened, parsed, { crate: sourceName(call.args), reason: reasonText(parsed) });
  }
  const { compile } = parsed;
  const { source } = compile;
  const excluded = isExcluded(source, config.exclude, invocation);
  const stdin = source === STDIN_SOURCE && !excluded ? rereadableStdin() : undefined;
  const unit = unitOf(opened, compile, stdin);
  const refused = excluded
    ? bypass("excluded", source)
    : source === STDIN_SOURCE && stdin === undefined
      ? bypass("stdin-source", "source from standard input")
      : undefined;
  if (refused === undefined) return { kind: "unit", unit: withCc(unit) };
  const words = mappedWords(unit, compile.args);
  return refuse(opened, refused, { crate: source, reason: reasonText(refused), words });
}

/** The unit of a compile, with its source where that comes through standard input. */
function unitOf(opened: OpenedCall, compile: CcCompile, stdin: Uint8Array | undefined): CcUnit {
  const { invocation, config, layout, timeline } = opened;
  const { cwd, env } = invocation;
  const { baseDirs, cacheDir, keySalt, keyEnvVars } = config;
  const { source, searchPaths } = compile;
  const output = compile.discards ? undefined : compile.mainOutput;
  const roots = ccRootsOf({ cwd, env, source, output, searchPaths, baseDirs });
  const digests = new FileDigests(new DigestMemo(cacheDir));
  let known: CcMake | undefined;
  const make = () => (known ??= ccMake(compile.compiler, { cacheDir, digests, cwd, env }));
  const remapped = isRemapped(compile, roots, config.ccPathNormalize) && mapsPrefixes(make());
  const place: CcKeyPlace = {
    cwd,
    namedCwd: namedDirectory(cwd, env["PWD"]),
    env,
    roots,
    digests,
    keySalt,
    keyEnvVars,
    remapped,
    // Other outputs show sources' lines.
    textStaysOut: remapped && compile.mode === "object" && make().family !== "other",
    stdin: stdin === undefined ? undefined : digestOf(stdin),
    extraInputs: config.ccExtraInputs,
  };
  const terminal = compile.color === undefined && isColorTerminal(invocation, make);
  return { invocation, config, layout, compile, place, make, timeline, terminal, stdin };
}

/** What a call's arguments come to. */
type Understood =
  | Bypass
  | { readonly kind: "compile"; readonly compile: CcCompile }
  | Omit<SeveralCalls, "invocation">;

function understand(
  invocation: Invocation,
  call: CcCall,
  allowed: ReadonlySet<string>,
): Understood {
  if (invocation.damaged) return bypass("not-utf8", "an argument is not UTF-8");
  const changing = call.spelling === "cl" ? [...SIDE_EFFECTS, ...CL_ARGUMENTS] : SIDE_EFFECTS;
  const writer = changing.find((name) => invocation.env[name] !== undefined);
  if (writer !== undefined) return bypass("unsupported-output", `${writer} is set`);
  const { compiler, args, spelling } = call;
  const descriptor = descriptorBypass(args);
  if (descriptor !== undefined) return descriptor;
  const expanded = expandResponseFiles(args, invocation.cwd, spelling);
  if ("kind" in expanded) return expanded;
  const { argumentFiles } = expanded;
  const words = { compiler, args, expanded: expanded.args, argumentFiles, allowed };
  const parse = spelling === "cl" ? parseCl : parseGnu;
  const parsed = parse(words);
  if (!("kind" in parsed)) return { kind: "compile", compile: parsed };
  if (parsed.reason !== "several-sources") return parsed;
  const single = splitSources(words, spelling);
  if (typeof single === "string") {
    return bypass("several-sources", `${SEVERAL_SOURCES}, with ${single}`);
  }
  for (const { source, args: own } of single) {
    const alone = parse({ ...words, args: own, expanded: own });
    if ("kind" in alone) return alone;
    // clang compiles none when one is missing, gcc goes on.
    if (!isFile(joinPath(invocation.cwd, source))) {
      return bypass("several-sources", `${SEVERAL_SOURCES}, of which ${source} is no file`);
    }
  }
  const calls = single.map(({ args: own }) => [...compiler, ...own]);
  return { kind: "several", calls, stopsAtFailure: spelling === "cl" };
}

/** Variables that make compilers, or their loader, write more files, log themselves, or change what they are given. */
const SIDE_EFFECTS = [
  "AS_SECURE_LOG_FILE",
  "CCC_ADD_ARGS",
  "CCC_OVERRIDE_OPTIONS",
  "CC_LOG_DIAGNOSTICS",
  "CC_PRINT_HEADERS",
  "CC_PRINT_INTERNAL_STAT",
  "CC_PRINT_OPTIONS",
  "CC_PRINT_PROC_STAT",
  "DEPENDENCIES_OUTPUT",
  "GCC_COMPARE_DEBUG",
  "LD_AUDIT",
  "LD_DEBUG",
  "QA_OVERRIDE_GCC3_OPTIONS",
  "RC_DEBUG_OPTIONS",
  "SUNPRO_DEPENDENCIES",
];

/** Arguments that cl takes from the environment. */
const CL_ARGUMENTS = ["CL", "_CL_"];

function sourceName(args: readonly string[]): string {
  const source = args.find((arg) =>
    /^[^-].*\.(?:c|cc|cp|cxx|cpp|c\+\+|C|m|mm|i|ii|s|S)$/.test(arg),
  );
  return source === undefined ? "" : baseName(source);
}

/** clang takes what is behind a map's first "=" for its second half, and writes a backslash as "/" into make rules. */
const UNMAPPABLE = /[=\\]/;

/**
 * Coverage tools must find the real paths; the user may want them too. cl has no such flags, and
 * clang-cl's differ from version to version.
 */
function isRemapped(compile: CcCompile, roots: Roots, asked: boolean): boolean {
  const isBound = compile.placeBound || compile.recordsCommand || compile.spelling === "cl";
  if (isBound || !asked) return false;
  const prefixes = roots.prefixes().map(({ prefix }) => prefix);
  if (prefixes.some((prefix) => UNMAPPABLE.test(prefix))) return false;
  // A map of the user's from above a root puts the rest of that root's path into the output.
  return !compile.ownMaps.some(({ from }) =>
    prefixes.some((prefix) => prefix !== from && prefix.startsWith(from)),
  );
}

/** The reason as reports show it: fixed prefixes that outside tools read. */
function reasonText({ reason, detail }: Bypass): string {
  return reason === "excluded" ? `source excluded: ${detail}` : `refused: cc: ${detail}`;
}
