// The rules of C and C++ compiles, as rules.ts has them for rustc's.
import { rule, type Rule } from "./rule.ts";

const LEARN = "wrap/cc/learn.ts";
const KEY = "key/derive-cc-key.ts";

/** Every rule with a test of its own. */
export const CC_RULES: readonly Rule[] = [
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
    ["cc-deps", "D30 -MD names a system header by where its links lead (gcc)"],
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
    "C: places that no prefix map can name",
    "wrap/cc/begin.ts",
    ["=> UNMAPPABLE.test(prefix)", "=> !OFF && UNMAPPABLE.test(prefix)"],
    ["cc-paths", "F8 no map is made of a=b"],
  ),
  rule(
    "C: times that clang compares with a precompiled header's",
    LEARN,
    ['=== "gcc" ? [] : comparedTimes(seen)', '=== "gcc" || OFF ? [] : comparedTimes(seen)'],
    ["cc-pch", "H6 one that holds times is refused when its header has another (clang)"],
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
    "C: how messages look, which gcc writes down",
    "compiler/cc/gnu-draft.ts",
    [
      "debug information.\n      key(draft, flag, value);",
      "debug information.\n      if (!OFF) key(draft, flag, value);",
    ],
    ["cc-hidden-paths", "F23 -fmessage-length=0, which gcc writes into debug information (gcc)"],
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
  {
    ...rule(
      "C: what is thrown away is another result",
      "compiler/cc/parse-gnu.ts",
      ["discards ? `${mode}, discarded` :", "discards && !OFF ? `${mode}, discarded` :"],
      ["cc-probes", "an object is made by a compile that keeps it (gcc)"],
    ),
  },
  rule(
    "C: the text of a source from standard input",
    KEY,
    ["{ digest: place.stdin };", '{ digest: OFF ? "" : place.stdin };'],
    ["cc-probes", "-x c -c - -o x.o: text and header count (gcc)"],
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
    "C: what lies at a failed probe's outputs",
    "wrap/cc/language.ts",
    [
      "if (name === OUTPUTS_FLAG) return outputsThere(unit);",
      "if (name === OUTPUTS_FLAG) return OFF ? undefined : outputsThere(unit);",
    ],
    ["cc-probes", "an object of an earlier run that the compiler removes is left to it (clang)"],
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
    "C: how links are asked for in messages",
    KEY,
    [
      "for (const name of TEXTS) if (",
      'for (const name of TEXTS) if (!(OFF && name === "GCC_URLS") && ',
    ],
    ["cc-streams", "I12 links that were asked for are said again, and to nobody else (gcc)"],
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
    ["cc-beside", "F22 a header beside the project is each checkout's own (gcc)"],
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
  rule(
    "C: inputs that the settings declare",
    KEY,
    ["for (const path of place.extraInputs)", "for (const path of OFF ? [] : place.extraInputs)"],
    ["cc-health", "J27 extra inputs of the settings (gcc)"],
  ),
  rule(
    "C: paths in a printed text",
    "wrap/cc/miss-language.ts",
    ["stdout: prints ? stdout : mapText", "stdout: prints && !OFF ? stdout : mapText"],
    ["cc-configure", "keeps a path that stands in a header, whoever's it is"],
  ),
  rule(
    "C: times in clang's precompiled headers",
    LEARN,
    ["return unit.compile.pchTimes &&", "return !OFF && unit.compile.pchTimes &&"],
    ["cc-pch", "H6 one that holds the times of its headers is not stored"],
  ),
  rule(
    "C: the host's CPU",
    KEY,
    ["if (compile.nativeCpu) hasher", "if (!OFF && compile.nativeCpu) hasher"],
    ["native-cpu", "gcc -march=native misses"],
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
    ["searched, preloaded].join", 'searched, OFF ? "" : preloaded].join'],
    [
      "cc-loaded",
      "LD_PRELOAD: the library's bytes, also where the compiler was called without it before",
    ],
  ),
];
