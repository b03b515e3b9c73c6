// The rules about what a call of rustc names: directories, flags, the places of its outputs, texts.
import { rule, type Rule } from "./rule.ts";

const KEY = "key/derive-rustc-key.ts";
const PARSE = "compiler/rustc/parse-rustc.ts";
const LEARN = "wrap/rustc/learn.ts";

/** Every one of them. */
export const CALL_RULES: readonly Rule[] = [
  {
    ...rule(
      "what a linker writes down of its arguments",
      "compiler/rustc/link-paths.ts",
      ['(option === "" && !READ.test(word))', '(!OFF && option === "" && !READ.test(word))'],
      ["build-scripts", "is the output's own where the linker writes it down"],
    ),
    also: [
      {
        file: "store/leak-scan.ts",
        text: "return this.#found;",
        weakened: "return OFF ? new Set() : this.#found;",
      },
    ],
  },
  rule(
    "sources whose names hold a line's end",
    "compiler/rustc/dep-info.ts",
    ["if (colon < 0 && !line.endsWith", "if (!OFF && colon < 0 && !line.endsWith"],
    ["odd-inputs", "a source whose name holds a line's end is read every time"],
  ),
  rule(
    "how rustc's log looks",
    KEY,
    ["    ...LOG_READ,", "    ...(OFF ? [] : LOG_READ),"],
    ["key-pairs", "how a log looks counts"],
  ),
  rule(
    "a log of rustc's in a file",
    "wrap/rustc/begin.ts",
    [
      'if (invocation.env["RUSTC_LOG_OUTPUT_TARGET"] !== undefined)',
      'if (!OFF && invocation.env["RUSTC_LOG_OUTPUT_TARGET"] !== undefined)',
    ],
    ["rustc-flags", "a log of rustc's in a file"],
  ),
  rule(
    "sources that name their checkout by its full path",
    LEARN,
    [
      "...textMembers(unit, sources, members),",
      "...(OFF ? [] : textMembers(unit, sources, members)),",
    ],
    ["named-roots", "a file named by its full path (include!) is the same one in every copy"],
  ),
  rule(
    "C: texts that name their checkout by its full path",
    "wrap/cc/miss-language.ts",
    [
      "bound.push(...namedRootMembers({ cwd: invocation.cwd, roots }, members, stdin));",
      "if (!OFF) bound.push(...namedRootMembers({ cwd: invocation.cwd, roots }, members, stdin));",
    ],
    ["cc-spelled", "a header by its full path (gcc)"],
  ),
  rule(
    "directories that crates two below are looked for in",
    KEY,
    [
      'if (kind !== "dependency" || !isDirectory(',
      'if (OFF || kind !== "dependency" || !isDirectory(',
    ],
    ["dependency-dirs", "counts for a library, which rustc does not compile without that crate"],
  ),
  rule(
    "flags of messages that rustc refuses",
    PARSE,
    [
      "const refused = refusedPresentation(words);",
      "const refused = OFF ? undefined : refusedPresentation(words);",
    ],
    ["refused-calls", "--color given twice"],
  ),
  rule(
    "-C options without the value they need",
    PARSE,
    ["if (equals < 0) return bypass(", "if (!OFF && equals < 0) return bypass("],
    ["refused-calls", "-C linker without a program"],
  ),
  rule(
    "output directories of nothing",
    PARSE,
    ['if (value === "") return bypass(', 'if (!OFF && value === "") return bypass('],
    ["refused-calls", "--out-dir of nothing is the working directory"],
  ),
  rule(
    "an output directory given twice",
    PARSE,
    ["if (draft.outDir !== undefined) return", "if (!OFF && draft.outDir !== undefined) return"],
    ["told-and-left", "an output directory given twice is the compiler's error"],
  ),
  rule(
    "an output directory that -o makes void",
    PARSE,
    [
      "if (draft.output !== undefined && draft.outDir !== undefined) key(",
      "if (!OFF && draft.output !== undefined && draft.outDir !== undefined) key(",
    ],
    ["refused-calls", "an --out-dir that -o makes void"],
  ),
  rule(
    "what a script in place of rustc reads",
    LEARN,
    [
      "const isChosen = script !== undefined &&",
      "const isChosen = !OFF && script !== undefined &&",
    ],
    ["compilers", "counts by the files that it reads"],
  ),
  rule(
    "variables that a script in place of rustc names",
    "wrap/rustc/scripted.ts",
    ["return [...names].map(", "return (OFF ? [] : [...names]).map("],
    ["compilers", "counts by the variables that it names"],
  ),
  rule(
    "a target's own word that it is for the host's CPU",
    KEY,
    [
      "|| isNativeTarget(compile.target, place))",
      "|| (!OFF && isNativeTarget(compile.target, place)))",
    ],
    ["native-cpu", "rustc --target of a file for the native CPU"],
  ),
  rule(
    "files with the names of long types",
    "wrap/rustc/stored-texts.ts",
    ["if (LONG_TYPE.test(stderr))", "if (!OFF && LONG_TYPE.test(stderr))"],
    ["told-and-left", "too long for a message"],
  ),
  rule(
    "messages as wide as the caller's terminal",
    LEARN,
    [
      "if (says && unit.compile.presentation.includes(TERMINAL_WIDTH))",
      "if (!OFF && says && unit.compile.presentation.includes(TERMINAL_WIDTH))",
    ],
    ["terminals", "messages are the compiler's own, as text"],
  ),
  rule(
    "words of --json by which rustc prints more",
    KEY,
    [
      'hasher.add("printed as json", compile.printing);',
      'hasher.add("printed as json", OFF ? "" : compile.printing);',
    ],
    ["refused-calls", "a report of future incompatibilities"],
  ),
  rule(
    "directories of -C incremental that rustc cannot use",
    "wrap/rustc/begin.ts",
    [
      "if (compile.incremental !== undefined && !isUsableState(",
      "if (!OFF && compile.incremental !== undefined && !isUsableState(",
    ],
    ["incremental-dirs", "a link that leads nowhere"],
  ),
  rule(
    "outputs that rustc writes into the file that is there",
    "wrap/restore.ts",
    ["const isInto = typeof", "const isInto = !OFF && typeof"],
    ["links-at-outputs", "obj where there is a hard link"],
  ),
  rule(
    "what lies at an output's place and is the compiler's to deal with",
    "wrap/restore.ts",
    [
      "if (isCompilers(to, there, isInto)) return",
      "if (!OFF && isCompilers(to, there, isInto)) return",
    ],
    ["links-at-outputs", "link where there is a dangling link"],
  ),
  rule(
    "outputs that a miss writes into the file that is there",
    "wrap/rustc/compile.ts",
    [
      "detachOutputs(outputsOf(compile), invocation.cwd, isWrittenInto);",
      "detachOutputs(outputsOf(compile), invocation.cwd, OFF ? () => false : isWrittenInto);",
    ],
    ["links-at-outputs", "a miss writes into a file that has a second link"],
  ),
  rule(
    "an output that is written into while it is stored",
    "store/blob.ts",
    [
      "const isChanged = blob.unchanged() === undefined;",
      "const isChanged = !OFF && blob.unchanged() === undefined;",
    ],
    ["src/store/blob", "held is not kept where it is written into meanwhile"],
  ),
  rule(
    "a stack's size that rustc refuses",
    "key/derive-rustc-key.ts",
    ['? [] : ["RUST_MIN_STACK"]', '|| OFF ? [] : ["RUST_MIN_STACK"]'],
    ["refused-calls", "RUST_MIN_STACK"],
  ),
];
