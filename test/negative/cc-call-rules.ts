// The rules about what a call of a C or C++ compiler says, names and is given: arguments, variables, paths, outputs.
import { rule, type Rule } from "./rule.ts";

const KEY = "key/derive-cc-key.ts";
const LEARN = "wrap/cc/learn.ts";

/** Every one of them. */
export const CC_CALL_RULES: readonly Rule[] = [
  rule(
    "C: places that no prefix map can name",
    "wrap/cc/begin.ts",
    ["=> UNMAPPABLE.test(prefix)", "=> !OFF && UNMAPPABLE.test(prefix)"],
    ["cc-paths", "F8 no map is made of a=b"],
  ),
  {
    ...rule(
      "C: the compiler's bytes",
      KEY,
      ['hasher.add("driver", found.digest);', 'hasher.add("driver", OFF ? "" : found.digest);'],
      ["cc-stale", "compilers one that is replaced with its size and times kept is another"],
    ),
    also: [
      {
        file: LEARN,
        text: "const programs = new Set([...seen.executed.keys(), ...seen.processes.map(({ exe }) => exe)]);",
        weakened:
          "const programs = new Set(OFF ? [] : [...seen.executed.keys(), ...seen.processes.map(({ exe }) => exe)]);",
      },
      {
        file: LEARN,
        text: 'if (kind === "file") add("file", path);',
        weakened: 'if (kind === "file" && !(OFF && path.endsWith("/gcc"))) add("file", path);',
      },
    ],
  },
  rule(
    "C: arguments",
    KEY,
    [
      "for (const argument of compile.keyed) hasher",
      "if (!OFF) for (const argument of compile.keyed) hasher",
    ],
    ["cc-key-pairs", "-O2 misses"],
  ),
  {
    ...rule(
      "C: whether a compiler's stage may be run",
      LEARN,
      ["for (const path of others) {", "for (const path of OFF ? [] : others) {"],
      [
        "cc-traps-compilers",
        "parts of compilers E26 another assembler that may not be run any more (gcc)",
      ],
    ),
    also: [
      {
        file: "wrap/cc/guessed-members.ts",
        text: "if (mode !== undefined && path !== driver)",
        weakened: "if (!OFF && mode !== undefined && path !== driver)",
      },
    ],
  },
  rule(
    "C: libraries that audit what a compiler loads",
    "wrap/cc/begin.ts",
    ['"LD_AUDIT",', '...(OFF ? [] : ["LD_AUDIT"]),'],
    ["cc-key-pairs", "variables LD_AUDIT counts"],
  ),
  rule(
    "C: a name that is nothing but an extension, and files beside it",
    "compiler/cc/parse-gnu.ts",
    ["return sides.size > 0 &&", "return !OFF && sides.size > 0 &&"],
    [
      "cc-deps",
      "D1 what clang leaves beside such an object is called otherwise than gcc's (clang)",
    ],
  ),
  rule(
    "C: maps of the user's that begin above a root",
    "wrap/cc/begin.ts",
    ["return !compile.ownMaps.some(", "return OFF || !compile.ownMaps.some("],
    ["cc-hidden-paths", "F21 a map of one's own for the directory that the checkouts lie in (gcc)"],
  ),
  rule(
    "C: lists that are compared with full paths",
    "compiler/cc/gnu-draft.ts",
    [
      'case "place-file":\n      draft.placeBound = true;',
      'case "place-file":\n      draft.placeBound = !OFF;',
    ],
    ["cc-hidden-paths", "F20 a sanitizer's list that names a directory (clang)"],
  ),
  rule(
    "C: colour as clang alone spells it",
    "compiler/cc/parse-gnu.ts",
    ["draft.isClangsColor && !isClangByName", "draft.isClangsColor && !OFF && !isClangByName"],
    ["cc-look-alikes", "words -fcolor-diagnostics, which gcc refuses (gcc)"],
  ),
  rule(
    "C: a language behind the source",
    "compiler/cc/parse-gnu.ts",
    ['draft.sources.length === 0 ? "-x"', 'draft.sources.length === 0 || OFF ? "-x"'],
    ["cc-look-alikes", "words -x behind the source, on which compilers remark (gcc)"],
  ),
  rule(
    "C: two modes in one call",
    "compiler/cc/gnu-draft.ts",
    ['if (draft.mode !== "link") key(', 'if (draft.mode !== "link" && !OFF) key('],
    ["cc-look-alikes", "words two modes, of which clang remarks on one (clang)"],
  ),
  rule(
    "C: an output that is the source",
    "wrap/cc/language.ts",
    ["if (outputs.some(({ path }) =>", "if (!OFF && outputs.some(({ path }) =>"],
    ["cc-look-alikes", "words an output that is the source, which gcc refuses (gcc)"],
  ),
  rule(
    "C: the name of a compiler that goes by it",
    KEY,
    ['flag === "-no-canonical-prefixes")', 'flag === "-no-canonical-prefixes" && !OFF)'],
    ["cc-look-alikes", "words a compiler that goes by the name it is called by (clang)"],
  ),
  rule(
    "C: how messages look, which gcc writes down",
    "compiler/cc/gnu-draft.ts",
    [
      "debug information.\n      key(draft, flag, value);",
      "debug information.\n      if (!OFF) key(draft, flag, value);",
    ],
    ["cc-hidden-paths", "F23 -fmessage-length=0, which gcc writes into debug information (gcc)"],
  ),
  rule(
    "C: the search lists of the environment",
    KEY,
    ["for (const name of PATH_LISTS) {", "for (const name of OFF ? [] : PATH_LISTS) {"],
    ["cc-traps-inputs", "E25 CPATH with other directories (gcc)"],
  ),
  rule(
    "C: what is printed and what is in a file are two results",
    "compiler/cc/parse-gnu.ts",
    ["prints ? `${mode}, printed` :", "prints && !OFF ? `${mode}, printed` :"],
    ["cc-shape", "A8 a preprocessor run to standard output (gcc)"],
  ),
  rule(
    "C: what is thrown away is another result",
    "compiler/cc/parse-gnu.ts",
    ["discards ? `${mode}, discarded` :", "discards && !OFF ? `${mode}, discarded` :"],
    ["cc-probes", "an object is made by a compile that keeps it (gcc)"],
  ),
  rule(
    "C: the text of a source from standard input",
    KEY,
    ["{ digest: place.stdin };", '{ digest: OFF ? "" : place.stdin };'],
    ["cc-probes", "-x c -c - -o x.o: text and header count (gcc)"],
  ),
  rule(
    "C: what lies at a failed probe's outputs",
    "wrap/cc/call-flags.ts",
    [
      "if (name === OUTPUTS_FLAG) return outputsThere(unit);",
      "if (name === OUTPUTS_FLAG) return OFF ? undefined : outputsThere(unit);",
    ],
    ["cc-probes", "an object of an earlier run that the compiler removes is left to it (clang)"],
  ),
  rule(
    "C: how links are asked for in messages",
    KEY,
    [
      "for (const name of TEXTS) if (",
      'for (const name of TEXTS) if (!(OFF && name === "GCC_URLS") && ',
    ],
    ["cc-streams", "I12 links that were asked for are said again, and to nobody else (gcc)"],
  ),
  rule(
    "C: inputs that the settings declare",
    KEY,
    ["for (const path of place.extraInputs)", "for (const path of OFF ? [] : place.extraInputs)"],
    ["cc-health", "J27 extra inputs of the settings (gcc)"],
  ),
  rule(
    "C: the host's CPU",
    KEY,
    ["if (compile.nativeCpu) hasher", "if (!OFF && compile.nativeCpu) hasher"],
    ["native-cpu", "gcc -march=native misses"],
  ),
];
