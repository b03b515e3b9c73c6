// A call on its way to a CcCompile: what the words so far have said.
import type { Bypass } from "../bypass.ts";
import type { GnuWord } from "./gnu-words.ts";
import type { CcCompile, CcKeyedArgument, CcMode, OwnMap, SideRequest } from "./cc-compile.ts";

/** A source as it stands among the words, with the language in force there. */
export interface DraftSource {
  readonly path: string;
  readonly language: string;
}

/** What is collected. */
export interface Draft {
  mode: CcMode | "link";
  language: string | undefined;
  readonly sources: DraftSource[];
  /** Operands that are no sources. */
  readonly inputs: string[];
  output: string | undefined;
  depends: boolean;
  /** Make rules are asked for instead of an object: the flag. */
  rulesOnly: string | undefined;
  dependencyPath: string | undefined;
  dependencyDirect: boolean;
  readonly targets: { text: string; quoted: boolean }[];
  readonly sides: Map<string, SideRequest>;
  readonly keyed: CcKeyedArgument[];
  readonly contentFiles: string[];
  readonly presentation: string[];
  color: CcCompile["color"];
  /** Colour was asked for with a flag that only clang knows. */
  isClangsColor: boolean;
  readonly ownMaps: OwnMap[];
  nativeCpu: boolean;
  placeBound: boolean;
  recordsCommand: boolean;
  namesOutput: boolean;
  /** Macros are to be shown in preprocessed text: the flag. */
  listsMacros: string | undefined;
  emitsPch: boolean;
  emitsLlvm: boolean;
  pchTimes: boolean;
  readonly searchPaths: string[];
  readonly architectures: Set<string>;
  optLevel: string | undefined;
  target: string | undefined;
}

/** Before the first word. */
export function emptyDraft(): Draft {
  return {
    mode: "link",
    language: undefined,
    sources: [],
    inputs: [],
    output: undefined,
    depends: false,
    rulesOnly: undefined,
    dependencyPath: undefined,
    dependencyDirect: false,
    targets: [],
    sides: new Map(),
    keyed: [],
    contentFiles: [],
    presentation: [],
    color: undefined,
    isClangsColor: false,
    ownMaps: [],
    nativeCpu: false,
    placeBound: false,
    recordsCommand: false,
    namesOutput: false,
    listsMacros: undefined,
    emitsPch: false,
    emitsLlvm: false,
    pchTimes: true,
    searchPaths: [],
    architectures: new Set(),
    optLevel: undefined,
    target: undefined,
  };
}

const MODES: readonly Draft["mode"][] = ["link", "object", "assembly", "syntax", "preprocessed"];

/** Takes a mode: of several the one that ends earliest, and clang remarks on the others. Never refuses. */
export function stopAt(draft: Draft, mode: CcMode): Bypass | undefined {
  if (draft.mode !== "link") key(draft, `beside ${draft.mode}`, mode);
  if (MODES.indexOf(mode) > MODES.indexOf(draft.mode)) draft.mode = mode;
  return undefined;
}

/** Takes an argument into the key; never refuses, so that callers may end with it. */
export function key(
  draft: Draft,
  flag: string,
  value: string,
  form: CcKeyedArgument["form"] = "literal",
): Bypass | undefined {
  draft.keyed.push({ flag, value, form });
  return undefined;
}

/** Takes a prefix map of the user's, FROM=TO, into the key and among those that ours leave room for; never refuses. */
export function keyMap(
  draft: Draft,
  scope: OwnMap["scope"],
  flag: string,
  value: string,
): Bypass | undefined {
  const equals = value.lastIndexOf("=");
  draft.ownMaps.push({ scope, from: equals < 0 ? value : value.slice(0, equals) });
  return key(draft, flag, value, "remap");
}

/**
 * Takes what is said of make rules where no file of them is written anew: printed ones are replayed, and where none
 * are asked for, gcc fails and clang remarks on each word, by name.
 */
export function keyRuleWords(draft: Draft): void {
  const { targets, dependencyPath } = draft;
  for (const { text, quoted } of targets) key(draft, quoted ? "-MQ" : "-MT", text);
  if (dependencyPath !== undefined) key(draft, "-MF", dependencyPath, "path");
}

/** Takes a word whose effect alone says what to do with it; whether it was one. */
export function takePlainWord(draft: Draft, { flag, value, effect }: GnuWord): boolean {
  switch (effect) {
    case "search":
      draft.searchPaths.push(value);
      break;
    case "file":
      draft.contentFiles.push(value);
      break;
    case "place-file":
      draft.placeBound = true;
      draft.contentFiles.push(value);
      break;
    case "path":
      break;
    case "presentation":
      draft.presentation.push(flag + value);
      // gcc writes them down in debug information.
      key(draft, flag, value);
      return true;
    case "ignored":
      // The assembler's messages name a temporary file, or none.
      if (flag.endsWith("-pipe")) draft.presentation.push("-pipe");
      return true;
    default:
      return false;
  }
  key(draft, flag, value, "path");
  return true;
}
