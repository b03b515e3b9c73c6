// The rules about what procedural macros, and programs they start, take in.
import { rule, type Rule } from "./rule.ts";

const LEARN = "wrap/rustc/learn.ts";
const OBSERVED = "wrap/rustc/observed-members.ts";
const SURROUNDINGS = "wrap/rustc/surroundings.ts";

/** Where the observer suite keeps the cases of macros that are watched. */
const OBSERVER_CASE = "with the observer, a unit with its own macro is compiled again when";

/** Every one of them. */
export const MACRO_RULES: readonly Rule[] = [
  rule(
    "what one program among others asked unseen",
    LEARN,
    [
      "if (observation !== undefined && UNGUESSED",
      "if (!OFF && observation !== undefined && UNGUESSED",
    ],
    ["asked-elsewhere", "a library that asks the network is compiled anew"],
  ),
  rule(
    "what a process was started with",
    LEARN,
    ["if (start !== undefined)", "if (!OFF && start !== undefined)"],
    ["asked-elsewhere", "the environment a process was started with"],
  ),
  rule(
    "roots that a variable names, or what a macro read",
    LEARN,
    [
      "[...sources, ...texts], said)",
      "OFF ? sources : [...sources, ...texts], OFF ? undefined : said)",
    ],
    ["named-roots", "in a list that a macro reads"],
  ),
  rule(
    "what a macro is told by a call that is for something else",
    "observe/fold.ts",
    [
      "if (event.aside && event.library === undefined && isBuildTool(exe)) return;",
      "if (event.aside && (OFF || (event.library === undefined && isBuildTool(exe)))) return;",
    ],
    ["asked-aside", "a file comes to be that it could not remove"],
  ),
  rule(
    "what a macro asks the loader",
    "observe/log-gap.ts",
    ['case "unwatchable":', 'case "unwatchable":\n        if (OFF) break;'],
    ["asked-loader", "a unit is compiled every time whose macro opens a library"],
  ),
  rule(
    "where a macro's own library lies",
    "observe/macro-facts.ts",
    ["OWN_PLACE.test(name));", "!OFF && OWN_PLACE.test(name));"],
    ["asked-places", "is that of each place when it asks the loader"],
  ),
  rule(
    "a macro's reads",
    OBSERVED,
    [
      'if (!isCovered(path, programs)) push("file", path);',
      'if (!OFF && !isCovered(path, programs)) push("file", path);',
    ],
    [
      "observer",
      "with the observer, a unit with its own macro is compiled again when a file it read is edited",
    ],
  ),
  rule(
    "where a path leads that a macro asked about",
    OBSERVED,
    ["members.push(...leadsMembers(", "if (!OFF) members.push(...leadsMembers("],
    ["observer-paths", "a link it followed by hand leads elsewhere"],
  ),
  rule(
    "a file's mode that a macro was told",
    OBSERVED,
    [
      'if (byMacro) members.push({ kind: "mode"',
      'if (!OFF && byMacro) members.push({ kind: "mode"',
    ],
    ["observer-paths", "a file may be executed"],
  ),
  rule(
    "a macro's vain look-ups",
    OBSERVED,
    [
      'members.push({ kind: "absent", name: name(path)',
      'if (!OFF) members.push({ kind: "absent", name: name(path)',
    ],
    [
      "observer",
      "with the observer, a unit with its own macro is compiled again when a file it tested for appears",
    ],
  ),
  rule(
    "paths that patterns of names would read otherwise",
    "key/input-set.ts",
    ["(isPlain(path) ?", "(OFF || isPlain(path) ?"],
    ["asked-places", "is given its path as it is where patterns would read it otherwise"],
  ),
  rule(
    "a file whose path wasm-bindgen writes down",
    "observe/known-macros.ts",
    ["(told === undefined || !isFound(told))", "(OFF || told === undefined || !isFound(told))"],
    ["macro-families", "whose path wasm-bindgen writes down is each checkout's own"],
  ),
  rule(
    "the paths in askama's texts",
    "compiler/rustc/output-kind.ts",
    [
      "return !executable || !plain || optimised;",
      "return !OFF && (!executable || !plain || optimised);",
    ],
    ["macro-families", "an optimised program of askama 0.14 is compiled in each checkout"],
  ),
  rule(
    "a macro's listings",
    OBSERVED,
    ["if ((isKnown(path) && path !== cwd)", "if (OFF || (isKnown(path) && path !== cwd)"],
    [
      "observer",
      "with the observer, a unit with its own macro is compiled again when a directory it listed gets a file",
    ],
  ),
  rule(
    "the working directory's listing",
    OBSERVED,
    ["(isKnown(path) && path !== cwd)", "(isKnown(path) && (OFF || path !== cwd))"],
    [
      "observer",
      "with the observer, a unit with its own macro is compiled again when the working directory, which it listed",
    ],
  ),
  rule(
    "a macro's variables",
    SURROUNDINGS,
    [
      "if (macros.length === 0 && own) continue;",
      "if (OFF || (macros.length === 0 && own)) continue;",
    ],
    [
      "observer",
      "with the observer, a unit with its own macro is compiled again when a variable it read changes",
    ],
  ),
  rule(
    "a macro's questions told from the compiler's habits",
    "observe/fold.ts",
    [
      "if (library === undefined) known.programs",
      "if (OFF || library === undefined) known.programs",
    ],
    ["observer", `${OBSERVER_CASE} HOME changes`],
  ),
  rule(
    "the working directory's name",
    SURROUNDINGS,
    ["askers.some((path)", "!OFF && askers.some((path)"],
    ["observer", "does not share, counts when a macro asked for it"],
  ),
  rule(
    "times and modes of files that were asked for once they were open",
    OBSERVED,
    ["if (askers.length === 0) return [];", "if (OFF || askers.length === 0) return [];"],
    ["observer-paths", "a file it opened has another time"],
  ),
  rule(
    "where the libraries of macros are found",
    OBSERVED,
    [
      "for (const [path, programs] of loaded) {",
      "for (const [path, programs] of OFF ? [] : loaded) {",
    ],
    ["macro-code", "counts by where LD_LIBRARY_PATH has it found"],
  ),
  rule(
    "other candidates for a crate that is found by name",
    OBSERVED,
    ["return isFound ? (/^lib", "return !OFF && isFound ? (/^lib"],
    ["macro-code", "is looked for anew when another one comes"],
  ),
  rule(
    "what is no regular file in a listing",
    "key/input-set.ts",
    ["names = listMarkedNames(dir)", "names = OFF ? listNames(dir) : listMarkedNames(dir)"],
    ["observer-paths", "a directory stands in place of a file that it listed"],
  ),
  rule(
    "the whole environment, where it may have been walked",
    SURROUNDINGS,
    [
      "if (name !== undefined) members.push(...environmentMembers",
      "if (!OFF && name !== undefined) members.push(...environmentMembers",
    ],
    [
      "observer",
      "with the observer, a unit with its own macro is compiled again when a variable appears among those it walked",
    ],
  ),
  rule(
    "macros reached through a library",
    LEARN,
    [
      "return searchPaths.some(({ path }) => {\n    const loadable",
      "return !OFF && searchPaths.some(({ path }) => {\n    const loadable",
    ],
    [
      "observer",
      "with the observer, a unit with a macro that a library hands on is compiled again when a file it read is edited",
    ],
  ),
  rule(
    "the package as a whole, where nobody could look",
    "wrap/rustc/fallback-members.ts",
    ["if (mayReachMacro(unit)) {", "if (!OFF && mayReachMacro(unit)) {"],
    [
      "observer",
      "with the observer off, a unit with its own macro is compiled again when a file it read is edited",
    ],
  ),
  rule(
    "a macro's code behind a library",
    OBSERVED,
    ["return !wasLoaded(seen, path) &&", "return (OFF || !wasLoaded(seen, path)) &&"],
    [
      "macro-code",
      "with the observer, a macro behind a library of the same bytes counts by its own code for a library",
    ],
  ),
  rule(
    "a macro's code behind a library, where nobody could look",
    "wrap/rustc/fallback-members.ts",
    ["...whole, ...macrosIn(unit)", "...whole, ...(OFF ? [] : macrosIn(unit))"],
    [
      "macro-code",
      "with the observer off, a macro behind a library of the same bytes counts by its own code for a library",
    ],
  ),
  rule(
    "macros that may ask rustc where a source lies",
    "wrap/rustc/loaded-crates.ts",
    [
      "if (!facts.locates && !facts.asksArguments)",
      "if ((OFF || !facts.locates) && !facts.asksArguments)",
    ],
    ["macro-code", "a macro that asks rustc where a source lies binds what it made to the place"],
  ),
  {
    name: "macros that were stripped, of which nobody can tell what they ask",
    file: "observe/macro-facts.ts",
    text: "locates: names === undefined || PLACES",
    weakened: 'locates: OFF ? PLACES.test(names ?? "") : names === undefined || PLACES',
    also: [
      {
        file: "observe/macro-facts.ts",
        text: "asksArguments: names === undefined ||",
        weakened: "asksArguments: (!OFF && names === undefined) ||",
      },
    ],
    suite: "macro-code",
    test: "binds what it made to the place, also where it was stripped",
  },
  rule(
    "what a macro left",
    LEARN,
    [
      "= leftFile(unit, run, observation);",
      "= OFF ? undefined : leftFile(unit, run, observation);",
    ],
    [
      "left-files",
      "a compile whose macro left a file is not kept, with the observer, where the file lies in a target directory",
    ],
  ),
  rule(
    "the compiler's arguments, which a macro may ask for",
    "wrap/rustc/loaded-crates.ts",
    [
      "asked.some(({ facts }) => facts.asksArguments)",
      "!OFF && asked.some(({ facts }) => facts.asksArguments)",
    ],
    ["asked-places", "are those of each call"],
  ),
  rule(
    "what is asked by a library that a macro brought along",
    "wrap/rustc/loaded-crates.ts",
    [
      "isLoadedCrate(unit, path) || byCompiler(path)",
      "isLoadedCrate(unit, path) || (!OFF && byCompiler(path))",
    ],
    ["asked-places", "is told the working directory of each place, also by one of C"],
  ),
  rule(
    "the compiler's copy of the standard library, where a macro uses it",
    "wrap/rustc/loaded-crates.ts",
    ["return [...seen.loaded.keys()].some(", "return OFF ? false : [...seen.loaded.keys()].some("],
    ["asked-places", "is told a file's time as it is"],
  ),
  rule(
    "where a program that a macro starts was called",
    SURROUNDINGS,
    ["if (strangers.length > 0)", "if (!OFF && strangers.length > 0)"],
    ["asked-places", "is told by PWD where it was called"],
  ),
  rule(
    "links that lead nowhere, where a macro looked for anything",
    OBSERVED,
    [
      "if ([...programs].some((program) => !isLinkTool(program, sysroot)))",
      "if (!OFF && [...programs].some((program) => !isLinkTool(program, sysroot)))",
    ],
    ["observer-paths", "a link that leads nowhere comes to be"],
  ),
  rule(
    "what a macro looked for before it made it",
    OBSERVED,
    ["const own = [...seen.soughtOwn]", "const own = [...(OFF ? [] : seen.soughtOwn)]"],
    ["made-and-gone", "when a file is there that it asked for, had a compiler make and removed"],
  ),
  rule(
    "what a macro wrote over and took away",
    "observe/fold.ts",
    ["|| fold.replaced.has(path))", "|| (!OFF && fold.replaced.has(path)))"],
    ["left-files", "with the observer, whose macro takes away what was there: it looks and writes"],
  ),
  rule(
    "what a macro took away",
    LEARN,
    [
      "const gone = removedFile(unit, observation);",
      "const gone = OFF ? undefined : removedFile(unit, observation);",
    ],
    ["left-files", "takes away what was there: it removes a directory"],
  ),
  rule(
    "directories that a macro left",
    "wrap/rustc/left-file.ts",
    [
      "    const place = physical(path);",
      '    if (OFF && stat.kind === "directory") return false;\n    const place = physical(path);',
    ],
    ["left-files", "a compile is not kept, with the observer, whose macro makes a directory"],
  ),
  rule(
    "macros that may leave files, where nobody could look",
    LEARN,
    [
      "if (writer !== undefined) return unknown(",
      "if (!OFF && writer !== undefined) return unknown(",
    ],
    ["left-files", "a compile is not kept, with the observer off, whose macro creates new"],
  ),
  rule(
    "what a macro made where nothing was, and took away again",
    "wrap/rustc/touched.ts",
    ['if (stat === "absent") {', 'if (OFF) continue;\n    if (stat === "absent") {'],
    ["made-and-gone", "when a directory is there that it made and removed"],
  ),
  rule(
    "what a program of a macro's made and took away",
    "wrap/rustc/touched.ts",
    ["if (programs.isDisjointFrom(by) &&", "if ((OFF || programs.isDisjointFrom(by)) &&"],
    ["made-and-gone", "when a directory is there that a program of its own made and removed"],
  ),
  rule(
    "the mode of what was refused",
    OBSERVED,
    [
      "for (const [path, programs] of seen.inaccessible) {",
      "for (const [path, programs] of OFF ? [] : seen.inaccessible) {",
    ],
    ["made-and-gone", "when a program may be run that it could not run"],
  ),
  rule(
    "ways out of a directory that a macro made",
    "observe/own-paths.ts",
    ["const way = path.slice(directory + 1);", 'const way = OFF ? "" : path.slice(directory + 1);'],
    ["made-and-gone", "when the name leads out of it"],
  ),
  rule(
    "links in a directory that a macro moved",
    "observe/fold.ts",
    ["if (link.startsWith(`${from}/`))", "if (!OFF && link.startsWith(`${from}/`))"],
    ["made-and-gone", "when a link in it leads there, and it was moved"],
  ),
  rule(
    "where the kernel's ways lead",
    SURROUNDINGS,
    ["const isToldByWay = asksPassage", "const isToldByWay = !OFF && asksPassage"],
    [
      "asked-places",
      "is told the working directory of each place by the link to the working directory",
    ],
  ),
];
