// The rules about what a compile of C or C++ reads, and about its results, as rules.ts has them for rustc's.
import { CC_CALL_RULES } from "./cc-call-rules.ts";
import { CC_HIDDEN_RULES } from "./cc-hidden-rules.ts";
import { rule, type Rule } from "./rule.ts";

const LEARN = "wrap/cc/learn.ts";

/** Every rule with a test of its own. */
export const CC_RULES: readonly Rule[] = [
  ...CC_CALL_RULES,
  ...CC_HIDDEN_RULES,
  rule(
    "C: headers' content",
    LEARN,
    [
      'if (!naming.isCovered(path)) add("file", path);',
      'if (!OFF && !naming.isCovered(path)) add("file", path);',
    ],
    ["cc-key-pairs", "a header"],
  ),
  rule(
    "C: places where a header was looked for in vain",
    LEARN,
    ["for (const path of naming.absences(", "if (!OFF) for (const path of naming.absences("],
    ["cc-stale", "gcc, observed a header that shadows another in an earlier directory"],
  ),
  rule(
    "C: outputs that were looked for in vain as headers",
    LEARN,
    ["for (const path of seen.soughtOwn)", "if (!OFF) for (const path of seen.soughtOwn)"],
    ["cc-look-alikes", "an object in the place of a header that was looked for in vain"],
  ),
  rule(
    "C: a precompiled header that arrives",
    "wrap/cc/path-names.ts",
    [
      "if (this.isCovered(written)) continue;",
      'if (this.isCovered(written) || (OFF && written.endsWith(".gch"))) continue;',
    ],
    ["cc-stale", "precompiled headers of gcc one that arrives, changes and goes counts"],
  ),
  rule(
    "C: whether files of one content are one file",
    LEARN,
    ["...twinMembers(members,", "...twinMembers(OFF ? [] : members,"],
    [
      "cc-traps-times",
      "files E headers of one content under #pragma once, of one time and of two (gcc)",
    ],
  ),
  rule(
    "C: texts that have files' times compared",
    LEARN,
    ["?? agedFile(unit, seen.reads.keys());", "?? agedFile(unit, OFF ? [] : seen.reads.keys());"],
    ["cc-traps-times", "times E times that a pragma in a source compares (gcc)"],
  ),
  rule(
    "C: where links lead that gcc shows a header by",
    "wrap/cc/shown-names.ts",
    ['run.family === "clang") return', 'run.family === "clang" || OFF) return'],
    ["cc-deps-links", "D30 -MD names a system header by where its links lead (gcc)"],
  ),
  rule(
    "C: where clang's temporary files lie",
    "observe/cc-habits.ts",
    ['!baseName(program).startsWith("clang")', '(OFF || !baseName(program).startsWith("clang"))'],
    ["cc-traps-inputs", "TMPDIR, which clang names"],
  ),
  rule(
    "C: the target that objcopy goes by",
    "observe/cc-habits.ts",
    ["QUIET.test(name) ||", '(OFF && name === "GNUTARGET") || QUIET.test(name) ||'],
    ["cc-traps-inputs", "E25 GNUTARGET, which objcopy goes by (gcc)"],
  ),
  rule(
    "C: times that clang compares with a precompiled header's",
    LEARN,
    ['=== "gcc" ? [] : comparedTimes(seen)', '=== "gcc" || OFF ? [] : comparedTimes(seen)'],
    ["cc-pch", "H6 one that holds times is refused when its header has another (clang)"],
  ),
  {
    ...rule(
      "C: response files that change during the compile",
      LEARN,
      [
        "if (changed !== undefined) return unknown(",
        "if (!OFF && changed !== undefined) return unknown(",
      ],
      ["cc-stale", "is no input of a stored result: a response file"],
    ),
    // The observer sees the compiler read it.
    also: [
      {
        file: "wrap/cc/path-names.ts",
        text: 'if (path === "/" || isSystemHabit(path) ||',
        weakened: 'if (path === "/" || isSystemHabit(path) || (OFF && path.endsWith("/flags")) ||',
      },
    ],
  },
  rule(
    "C: failures are not kept",
    "wrap/miss.ts",
    [
      "return run.end.code === 0 || run.isRepeatableFailure();",
      "return OFF || run.end.code === 0 || run.isRepeatableFailure();",
    ],
    ["cc-stale", "gcc, observed a failing compile is never kept"],
  ),
  rule(
    "C: times",
    LEARN,
    ['if (use !== "date")', 'if (!OFF && use !== "date")'],
    ["cc-key-pairs", "__TIME__ is not kept"],
  ),
  rule(
    "C: the day",
    LEARN,
    ['typeof day === "string" ? day : [day]', 'typeof day === "string" || OFF ? [] : [day]'],
    ["cc-stale", "a date is that of the day"],
  ),
  rule(
    "C: paths in LLVM's code",
    LEARN,
    ["(writesBitcode(compile) &&", "(!OFF && writesBitcode(compile) &&"],
    ["cc-hidden-paths", "F21 a header's path in LLVM's code"],
  ),
  rule(
    "C: names of functions by their length",
    "wrap/cc/measured-names.ts",
    ['if (family === "gcc" ||', 'if (OFF || family === "gcc" ||'],
    ["cc-hidden-paths", "F22 the length of a function's name"],
  ),
  rule(
    "C: messages broken behind a path",
    LEARN,
    ["const isBroken = breaksLines(", "const isBroken = !OFF && breaksLines("],
    ["cc-hidden-paths", "F22 messages that are broken behind a path (gcc)"],
  ),
  rule(
    "C: what gcc keeps for the link's optimiser",
    LEARN,
    ["? keepsForLink(compile)", "? !OFF && keepsForLink(compile)"],
    ["cc-hidden-paths", "F21 what gcc keeps for the link's optimiser (gcc)"],
  ),
  rule(
    "C: variables that were asked for",
    LEARN,
    ["if (meant) members.push(", "if (!OFF && meant) members.push("],
    ["cc-key-pairs", "__DATE__ with SOURCE_DATE_EPOCH counts by it"],
  ),
  rule(
    "C: the environment of a script in front",
    LEARN,
    [
      "if (seen.processes.some(({ exe }) => !isCompileTool(exe)) ||",
      "if ((!OFF && seen.processes.some(({ exe }) => !isCompileTool(exe))) ||",
    ],
    ["cc-key-pairs", "a variable that a script may read counts"],
  ),
  rule(
    "C: the clock in a source from standard input",
    "wrap/cc/clock-use.ts",
    ["const given = stdin === undefined", "const given = OFF || stdin === undefined"],
    ["cc-probes", "the time in it, and the date in its header (gcc)"],
  ),
  rule(
    "C: macros that a source from standard input names",
    "wrap/cc/definitions.ts",
    ["const texts = stdin === undefined", "const texts = OFF || stdin === undefined"],
    ["cc-probes", "a macro that holds a path binds what names it"],
  ),
  rule(
    "C: what a failed probe does to an earlier run's outputs",
    "wrap/cc/probe.ts",
    ["|| !leftAlone(before, run))", "|| (!OFF && !leftAlone(before, run)))"],
    ["cc-probes", "an object of an earlier run that the compiler removes is left to it (clang)"],
  ),
  rule(
    "C: SOURCE_DATE_EPOCH of which a date was made",
    "wrap/cc/learn.ts",
    ["name === EPOCH && isUnusedEpoch(seen)", "name === EPOCH && (OFF || isUnusedEpoch(seen))"],
    ["cc-key-pairs", "__DATE__ with SOURCE_DATE_EPOCH counts by it"],
  ),
  rule(
    "C: failures that speak of the machine",
    "wrap/cc/probe.ts",
    ["return located && !NOT_REPEATABLE", "return located && OFF || located && !NOT_REPEATABLE"],
    ["cc-probes", "a failure that speaks of the machine is not kept (gcc)"],
  ),
  rule(
    "C: failures of somebody's own source",
    "wrap/cc/probe.ts",
    ["if (!isProbe(unit)) return undefined;", "if (!OFF && !isProbe(unit)) return undefined;"],
    ["cc-probes", "a failure of somebody's own source is not kept (gcc)"],
  ),
  rule(
    "C: where a directory's second name leads",
    LEARN,
    ["if (value !== name) members.push(", "if (!OFF && value !== name) members.push("],
    [
      "cc-traps-headers",
      "E a directory that is another's second name, until its link leads elsewhere (gcc)",
    ],
  ),
  rule(
    "what lies beside a root is named from there",
    "key/plain-names.ts",
    [
      "this.#roots.of(dir) === this.#roots.of(plain) ?",
      "OFF || this.#roots.of(dir) === this.#roots.of(plain) ?",
    ],
    ["cc-beside", "F22 a header beside the project is each checkout's own (clang)"],
  ),
  rule(
    "where directories lead of which names lost their ..",
    "key/plain-names.ts",
    ["if (isSame && plain !== dir)", "if (!OFF && isSame && plain !== dir)"],
    ["cc-beside", 'F22 the directory before ".." counts: it is gone (gcc)'],
  ),
  rule(
    "C: macros of the arguments, with nobody watching",
    "wrap/cc/header-search.ts",
    ["if (definitions.length === 0) return;", "if (OFF || definitions.length === 0) return;"],
    ["cc-traps-times", "E20 __DATE__ that stands in an argument (gcc)"],
  ),
  rule(
    "C: arguments in configuration files that bring in more than their text",
    LEARN,
    ["if (given !== undefined) return given;", "if (!OFF && given !== undefined) return given;"],
    ["cc-traps-compilers", "E47 a configuration file that gives -march=native (clang)"],
  ),
  {
    name: "C: paths in a printed text",
    file: "wrap/cc/miss-language.ts",
    text: "stdout: prints ? stdout : mapText",
    weakened: "stdout: prints && !OFF ? stdout : mapText",
    also: [
      {
        file: "wrap/cc/miss-language.ts",
        text: "bound.push(...namedRootMembers({ cwd",
        weakened: "(OFF ? [] : bound).push(...namedRootMembers({ cwd",
      },
    ],
    suite: "cc-configure",
    test: "keeps a path that stands in a header, whoever's it is",
  },
  rule(
    "C: times in clang's precompiled headers",
    LEARN,
    ["return unit.compile.pchTimes &&", "return !OFF && unit.compile.pchTimes &&"],
    ["cc-pch", "H6 one that holds the times of its headers is not stored"],
  ),
  rule(
    "C: macros that hold a path",
    "wrap/cc/definitions.ts",
    ["for (const { roots } of used)", "for (const { roots } of OFF ? [] : used)"],
    ["cc-definitions", "its length alone, of which no trace is a path"],
  ),
  rule(
    "C: pipes",
    LEARN,
    [
      "if (!naming.isCovered(path) && !isJobserverPipe(path, env))",
      "if (!OFF && !naming.isCovered(path) && !isJobserverPipe(path, env))",
    ],
    ["odd-inputs", "a pipe with a name reaches gcc"],
  ),
  rule(
    "C: the environment that a plugin may read",
    LEARN,
    ["|| hasPlugin(seen)) {", "|| (!OFF && hasPlugin(seen))) {"],
    ["cc-loaded", "-fplugin= the environment that it walks (gcc)"],
  ),
  rule(
    "C: where a plugin is called",
    LEARN,
    ["seen?.usable === true && hasPlugin", "seen?.usable === true && !OFF && hasPlugin"],
    ["cc-loaded", "-fplugin= where it is called (gcc)"],
  ),
  rule(
    "C: places that the loader passes on its way to a compiler's library",
    LEARN,
    ["passed.push(...found.passed)", "passed.push(...(OFF ? [] : found.passed))"],
    ["cc-loaded", "LD_LIBRARY_PATH: a library that comes to lie in front of another (gcc)"],
  ),
  rule(
    "C: what the loader gives a compiler is asked anew with LD_PRELOAD",
    "key/program-libraries.ts",
    ["searched, preloaded, ...told]", 'searched, OFF ? "" : preloaded, ...told]'],
    [
      "cc-loaded",
      "LD_PRELOAD: the library's bytes, also where the compiler was called without it before",
    ],
  ),
  rule(
    "C: places that the loader tries in vain for a program's own libraries",
    "key/program-libraries.ts",
    ["[...new Set([...tried, ...dirs])]", "[...new Set(OFF ? [] : [...tried, ...dirs])]"],
    ["cc-loaded", "a library that comes to lie in front of another where a program looks for its"],
  ),
  rule(
    "C: whether what was said was said in colour",
    "wrap/cc/call-flags.ts",
    ["const plain = isColored(", "const plain = OFF || isColored("],
    ["cc-streams", "I10 a compile without colours, and then with them (gcc)"],
  ),
  rule(
    "C: make rules for nothing",
    "compiler/cc/parse-gnu.ts",
    ["const isNothing = draft", "const isNothing = !OFF && draft"],
    ["cc-look-alikes", "-MQ of nothing, over which gcc stumbles"],
  ),
  rule(
    "C: the order of text and messages in one file",
    "wrap/hit.ts",
    ['stderr !== "" && caller.isOneStream', 'stderr !== "" && !OFF && caller.isOneStream'],
    ["cc-ends", "I17 text and messages in one file (gcc)"],
  ),
  rule(
    "a stream that is known to be lost",
    "wrap/hit.ts",
    [
      '(stdout !== "" && caller.isLost(STDOUT))',
      '(stdout !== "" && !OFF && caller.isLost(STDOUT))',
    ],
    ["cc-ends", "I17 -E to a closed standard output (gcc)"],
  ),
  rule(
    "C: a clock that stands still",
    "wrap/cc/faked-clock.ts",
    ['? "at a distance" : value', '|| OFF ? "at a distance" : value'],
    ["cc-loaded", "LD_PRELOAD: a clock at some distance, and one that stands still (gcc)"],
  ),
  rule(
    "C: what is preloaded and nobody watches",
    "wrap/cc/guessed-members.ts",
    ['return "LD_PRELOAD is set";', 'if (!OFF) return "LD_PRELOAD is set";'],
    ["cc-loaded", "LD_PRELOAD: code that goes by a variable, and by a file (gcc)"],
  ),
  {
    ...rule(
      "C: files that a call sends nowhere",
      "key/derive-cc-key.ts",
      ["of discardedOutputs(compile))", "of OFF ? [] : discardedOutputs(compile))"],
      ["cc-look-alikes", "make rules that nobody keeps, and in a file"],
    ),
    // The net below it.
    also: [
      {
        file: "wrap/restore.ts",
        text: "entry.exitCode === 0 ?",
        weakened: "!OFF && entry.exitCode === 0 ?",
      },
    ],
  },
  rule(
    "C: outputs that take the place of an input",
    "wrap/cc/learn.ts",
    ["if (own !== undefined) return", "if (!OFF && own !== undefined) return"],
    ["cc-look-alikes", "an object in the place of a header that it was made of (gcc)"],
  ),
  rule(
    "C: which libraries ldconfig leads the loader to",
    LEARN,
    ["members.push(loaded);", "if (!OFF) members.push(loaded);"],
    ["cc-loader", "a library that ldconfig puts in front of another (gcc)"],
  ),
];
