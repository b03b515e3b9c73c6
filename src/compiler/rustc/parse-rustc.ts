// rustc argv → RustcCompile or Bypass. Reads no disk: argument files are expanded by the caller.
import { baseName } from "../../base/path.ts";
import { bypass, type Bypass } from "../bypass.ts";
import { CODEGEN_OPTIONS, CRATE_TYPE_FILES, EMIT_FILES, row, UNSTABLE_OPTIONS } from "./flags.ts";
import { printingWords, refusedPresentation } from "./presentation.ts";
import { isQuery, splitWords, type Word } from "./words.ts";
import type {
  EmitRequest,
  Extern,
  KeyedArgument,
  RustcCompile,
  SearchPath,
} from "./rustc-compile.ts";
import { STDIN_SOURCE } from "./rustc-compile.ts";

/** The words of one rustc call after our own name, argument files already expanded. */
export interface RustcWords {
  readonly compiler: string;
  readonly inner: string | undefined;
  readonly args: readonly string[];
  readonly argumentFiles: readonly string[];
}

/**
 * Arguments of LLVM's own that only steer how it compiles: of its three thousand options some read and write files,
 * and what those are called follows no rule. What is set to a word of its own counts as a file's name.
 */
const LLVM_ARGUMENT =
  /^(?:-{0,2}(?!.*(?:file|path|dir|dot|replay|list|profile|csv|dump|load|log|stats|time-trace))[\w-]+(?:=(?:[\d.,]+|0x[\da-f]+|true|false|all|none|on|off|always|never|default|full|auto|fast|legacy))?)?$/i;

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
type Draft = Mutable<RustcCompile>;

const SEARCH_KINDS = new Set(["dependency", "crate", "native", "framework", "all"]);
/** Linker arguments that make the linker write a second file, which we would not restore. */
const LINK_SIDE_FILES =
  /(^|,|\s)-{1,2}(Map|out-implib|dependency-file|print-map|cref|time-trace|plugin|pdb|emit-relocs-to|repro|why-extract|why-live|print-archive-stats|print-symbol-order|lto-obj-path|save-temps)/;

/** Recognises what can be cached. A Bypass names the flag or fact that stands against it. */
export function parseRustc(call: RustcWords): RustcCompile | Bypass {
  const words = splitWords(call.args);
  if ("kind" in words) return isQuery(call.args) ? bypass("query", "query") : words;
  const question = words.find(({ effect }) => effect === "query");
  if (question !== undefined) return bypass("query", question.flag);
  const refused = refusedPresentation(words);
  if (refused !== undefined) return refused;
  const draft = emptyDraft(call);
  draft.printing = printingWords(words);
  for (const word of words) {
    const refusal = takeWord(draft, word);
    if (refusal !== undefined) return refusal;
  }
  return finish(draft);
}

function emptyDraft(call: RustcWords): Draft {
  return {
    compiler: call.compiler,
    inner: call.inner,
    args: [...call.args],
    argumentFiles: [...call.argumentFiles],
    crateName: "",
    crateTypes: [],
    testHarness: false,
    source: "",
    emits: [],
    outDir: undefined,
    output: undefined,
    extraFilename: "",
    target: undefined,
    sysroot: undefined,
    linker: undefined,
    incremental: undefined,
    externs: [],
    searchPaths: [],
    staticLibraries: [],
    contentFiles: [],
    nativeCpu: false,
    remapped: true,
    rpath: false,
    splitDebuginfo: undefined,
    keyed: [],
    presentation: [],
    printing: "",
    errorFormat: undefined,
    colored: false,
    features: [],
    optLevel: undefined,
  };
}

function key(draft: Draft, flag: string, value: string, form: KeyedArgument["form"] = "literal") {
  draft.keyed.push({ flag, value, form });
}

function takeWord(draft: Draft, { flag, value, effect }: Word): Bypass | undefined {
  if (flag === "") {
    if (draft.source !== "") return bypass("unknown-flag", `second source ${value}`);
    draft.source = value;
    key(draft, "source", value, "path");
    return undefined;
  }
  switch (effect) {
    case "keyed":
      if (value === "help") return bypass("query", `${flag} help`);
      if (flag === "--cfg") takeCfg(draft, value);
      key(draft, flag, value);
      return undefined;
    case "presentation":
      takePresentation(draft, flag, value);
      return undefined;
    case "modelled":
      return takeModelled(draft, flag, value);
    default:
      return bypass("unknown-flag", flag);
  }
}

function takeCfg(draft: Draft, value: string) {
  const feature = /^feature="([^"]*)"$/.exec(value)?.[1];
  if (feature !== undefined) draft.features.push(feature);
}

function takePresentation(draft: Draft, flag: string, value: string) {
  if (flag === "--error-format") draft.errorFormat = value;
  if (flag === "--color") draft.colored = true;
  draft.presentation.push(`${flag}=${value}`);
}

function takeModelled(draft: Draft, flag: string, value: string): Bypass | undefined {
  switch (flag) {
    case "--crate-name":
      draft.crateName = value;
      key(draft, flag, value);
      return undefined;
    case "--crate-type":
      return takeCrateTypes(draft, value);
    case "--emit":
      return takeEmits(draft, value);
    case "--test":
      draft.testHarness = true;
      key(draft, flag, "");
      return undefined;
    case "--extern":
      draft.externs.push(parseExtern(value));
      return undefined;
    case "-L":
      return takeSearchPath(draft, parseSearchPath(value));
    case "-C":
      return takeCodegen(draft, value);
    case "-Z":
      return takeUnstable(draft, value);
    default:
      return takePathFlag(draft, flag, value);
  }
}

function takePathFlag(draft: Draft, flag: string, value: string): Bypass | undefined {
  switch (flag) {
    case "-l":
      if (/^static(:|=)/.test(value)) draft.staticLibraries.push(value);
      key(draft, flag, value);
      return undefined;
    case "-o":
      if (value === "-") return bypass("unsupported-output", "output to standard output");
      draft.output = value;
      key(draft, flag, baseName(value));
      return undefined;
    case "--out-dir":
      if (draft.outDir !== undefined) return bypass("unsupported-flag", "--out-dir given twice");
      if (value === "") return bypass("unsupported-output", "--out-dir of nothing");
      draft.outDir = value;
      return undefined;
    case "--target":
      draft.target = value;
      key(draft, flag, value, value.endsWith(".json") ? "path" : "literal");
      return undefined;
    case "--sysroot":
      draft.sysroot = value;
      key(draft, flag, value, "path");
      return undefined;
    case "--remap-path-prefix":
      key(draft, flag, value, "remap");
      return undefined;
    case "--remap-path-scope":
      if (!value.split(",").includes("all")) draft.remapped = false;
      key(draft, flag, value);
      return undefined;
    default:
      return bypass("unknown-flag", flag);
  }
}

function takeCrateTypes(draft: Draft, value: string): Bypass | undefined {
  for (const type of value.split(",")) {
    if (row(CRATE_TYPE_FILES, type) === undefined)
      return bypass("unsupported-flag", `--crate-type ${type}`);
    draft.crateTypes.push(type);
    key(draft, "--crate-type", type);
  }
  return undefined;
}

function takeEmits(draft: Draft, value: string): Bypass | undefined {
  for (const item of value.split(",")) {
    const equals = item.indexOf("=");
    const kind = equals < 0 ? item : item.slice(0, equals);
    const path = equals < 0 ? undefined : item.slice(equals + 1);
    if (kind !== "link" && row(EMIT_FILES, kind) === undefined)
      return bypass("unsupported-flag", `--emit ${kind}`);
    if (path === "-") return bypass("unsupported-output", "output to standard output");
    const request: EmitRequest = { kind, path };
    draft.emits = [...draft.emits.filter((other) => other.kind !== kind), request];
    // A dynamic library holds the name that it is given here (its soname).
    const named = kind === "link" && path !== undefined ? baseName(path) : "";
    key(draft, "--emit", path === undefined ? kind : `${kind}=${named}`);
  }
  return undefined;
}

function parseExtern(value: string): Extern {
  const equals = value.indexOf("=");
  const head = equals < 0 ? value : value.slice(0, equals);
  const path = equals < 0 ? undefined : value.slice(equals + 1);
  const colon = head.indexOf(":");
  return colon < 0
    ? { options: "", name: head, path }
    : { options: head.slice(0, colon), name: head.slice(colon + 1), path };
}

function parseSearchPath(value: string): SearchPath {
  const equals = value.indexOf("=");
  const kind = equals < 0 ? "" : value.slice(0, equals);
  // A directory's name may contain "=": only a known kind before it is one.
  return SEARCH_KINDS.has(kind)
    ? { kind, path: value.slice(equals + 1) }
    : { kind: "all", path: value };
}

function takeSearchPath(draft: Draft, searched: SearchPath): Bypass | undefined {
  if (searched.path === "") return bypass("unsupported-flag", "-L of nothing");
  draft.searchPaths.push(searched);
  // Dependency directories count where they are there: the key sees to that.
  if (searched.kind !== "dependency") key(draft, `-L ${searched.kind}`, searched.path, "path");
  return undefined;
}

const TRUE_VALUES = new Set(["", "y", "yes", "on", "true"]);
const FALSE_VALUES = new Set(["n", "no", "off", "false"]);

function takeCodegen(draft: Draft, value: string): Bypass | undefined {
  const equals = value.indexOf("=");
  // rustc takes "_" for "-" in option names.
  const name = (equals < 0 ? value : value.slice(0, equals)).replaceAll("_", "-");
  const setting = equals < 0 ? "" : value.slice(equals + 1);
  switch (row(CODEGEN_OPTIONS, name)) {
    case undefined:
      return bypass("unknown-flag", `-C ${name}`);
    case "refused":
      if (name === "help") return bypass("query", "-C help");
      if (name === "save-temps" && FALSE_VALUES.has(setting)) return undefined;
      return bypass("unsupported-flag", `-C ${name}`);
    case "keyed":
      if (name === "instrument-coverage") draft.remapped &&= /^(n|no|off|false|0)$/.test(setting);
      if (name === "rpath") draft.rpath = TRUE_VALUES.has(setting);
      if (name === "opt-level") draft.optLevel = setting;
      key(draft, `-C ${name}`, equals < 0 ? "\0" : setting);
      return undefined;
    case "modelled":
      // Each of them takes a value, and none is another than an empty one.
      if (equals < 0) return bypass("unsupported-flag", `-C ${name} without a value`);
      return takeModelledCodegen(draft, name, setting);
  }
}

function takeModelledCodegen(draft: Draft, name: string, setting: string): Bypass | undefined {
  switch (name) {
    case "incremental":
      draft.incremental = setting;
      return undefined;
    case "linker":
      draft.linker = setting;
      return undefined;
    case "extra-filename":
      draft.extraFilename = setting;
      break;
    case "profile-use":
      draft.contentFiles.push(setting);
      break;
    case "target-cpu":
      draft.nativeCpu ||= setting === "native";
      break;
    case "split-debuginfo":
      draft.splitDebuginfo = setting;
      break;
    case "llvm-args": {
      const word = setting.split(/\s+/).find((arg) => !LLVM_ARGUMENT.test(arg));
      if (word !== undefined) return bypass("unsupported-flag", `-C llvm-args=${word}`);
      break;
    }
    default:
      if (LINK_SIDE_FILES.test(setting)) return bypass("unsupported-flag", `-C ${name}=${setting}`);
      key(draft, `-C ${name}`, setting, "link");
      return undefined;
  }
  key(draft, `-C ${name}`, setting);
  return undefined;
}

function takeUnstable(draft: Draft, value: string): Bypass | undefined {
  const name = (value.split("=", 1)[0] ?? "").replaceAll("_", "-");
  if (!UNSTABLE_OPTIONS.has(name)) return bypass("unsupported-flag", `-Z ${name}`);
  if (name === "tune-cpu" && value.endsWith("=native")) draft.nativeCpu = true;
  key(draft, "-Z", value);
  return undefined;
}

/**
 * Whether debug information is left in files of its own, which debuggers find by the full path that the program
 * names: below a root's name they would find none.
 */
function leavesDebugObjects({ splitDebuginfo, keyed }: Draft): boolean {
  if (splitDebuginfo !== "unpacked") return false;
  return keyed.some(
    ({ flag, value }) => flag === "-g" || (flag === "-C debuginfo" && !/^(0|none)$/.test(value)),
  );
}

/** The checks that need the whole call. */
function finish(draft: Draft): RustcCompile | Bypass {
  // rustc's own name for a text of no file, where only a named file can show it (rustix's probes).
  if (draft.crateName === "" && draft.source === STDIN_SOURCE && draft.output !== undefined) {
    draft.crateName = "rust_out";
  }
  if (draft.crateName === "" || draft.source === "") {
    return bypass("not-primary", "not a primary compilation");
  }
  if (draft.emits.length === 0) draft.emits = [{ kind: "link", path: undefined }];
  const unnamed = draft.emits.filter((emit) => emit.path === undefined);
  if (draft.output !== undefined && unnamed.length > 1) {
    return bypass("unsupported-output", "-o with several kinds of output");
  }
  // rustc warns of it.
  if (draft.output !== undefined && draft.outDir !== undefined) key(draft, "--out-dir", "void");
  if (draft.output !== undefined && draft.splitDebuginfo === "unpacked") {
    return bypass("unsupported-output", "-o with -C split-debuginfo=unpacked");
  }
  if (leavesDebugObjects(draft)) draft.remapped = false;
  const perUnit = draft.keyed.some(
    ({ flag, value }) => flag === "-C codegen-units" && value !== "1",
  );
  const intermediate = draft.emits.find(({ kind }) => /^(asm|obj|llvm-bc|llvm-ir)$/.test(kind));
  if (perUnit && intermediate !== undefined) {
    return bypass("unsupported-output", `--emit=${intermediate.kind} with several codegen units`);
  }
  return draft;
}
