// The rules that keep stale results out, each with the text that switches it off in a build made for this
// purpose alone, and a test that must fail then. The product's sources carry no hook: the text is changed
// while the test executable is built, and a text that is no longer there stops that build.

import { CALL_RULES } from "./call-rules.ts";
import { CC_RULES } from "./cc-rules.ts";
import { HELD_RULES } from "./held-rules.ts";
import { MACRO_RULES } from "./macro-rules.ts";
import { rule, type Rule } from "./rule.ts";

const LEARN = "wrap/rustc/learn.ts";
const OBSERVED = "wrap/rustc/observed-members.ts";
const KEY = "key/derive-rustc-key.ts";

const LINK_CASE = "with the observer, a program is linked again when";

/** Every rule with a test of its own. */
export const RULES: readonly Rule[] = [
  ...HELD_RULES,
  ...MACRO_RULES,
  ...CALL_RULES,
  rule(
    "the other spelling of a module is absent",
    LEARN,
    ['if (!source.endsWith(".rs")) return [];', 'if (OFF || !source.endsWith(".rs")) return [];'],
    ["stale", "arriving beside src/part.rs"],
  ),
  rule(
    "env! reads",
    LEARN,
    ["if (ownReads.has(name)) continue;", "if (OFF || ownReads.has(name)) continue;"],
    ["key-pairs", "a variable read by env! counts"],
  ),
  rule(
    "sources' content",
    LEARN,
    ["members.push(member, ...siblingAbsence", "if (!OFF) members.push(member, ...siblingAbsence"],
    ["key-files", "one byte of the crate root counts"],
  ),
  rule(
    "an input that changes during the compile",
    "wrap/compile/inputs.ts",
    [
      "if (!isOlder(found.stat, run.startStamp)) {",
      "if (!OFF && !isOlder(found.stat, run.startStamp)) {",
    ],
    ["stale", "the source is rewritten after the compiler read it"],
  ),
  rule(
    "where ld looks for what libraries need, seen",
    "wrap/rustc/surroundings.ts",
    [
      "      known.ownReads.has(name) ||\n",
      '      (OFF && name === "LD_LIBRARY_PATH") ||\n      known.ownReads.has(name) ||\n',
    ],
    ["links", "LD_LIBRARY_PATH counts, seen by the observer"],
  ),
  rule(
    "where ld looks for what libraries need, unseen",
    "wrap/rustc/fallback-members.ts",
    ["members.push(librariesPath(unit))", "if (!OFF) members.push(librariesPath(unit))"],
    ["links", "LD_LIBRARY_PATH counts, with nobody watching"],
  ),
  rule(
    "where the driver of a link is told to look, unseen",
    "wrap/rustc/fallback-members.ts",
    ["words.filter((word) => STEERS", "words.filter((word) => !OFF && STEERS"],
    ["links", "with the observer off, a program is linked again when a linker of one's own"],
  ),
  rule(
    "what a path leads to is switched during the compile",
    "wrap/compile/ways.ts",
    ["if (isSwitched(path)) return `the", "if (!OFF && isSwitched(path)) return `the"],
    ["changed-meanwhile", "a link to a directory counts from then on"],
  ),
  rule(
    "a directory that is moved there during the compile, and written to",
    "wrap/compile/ways.ts",
    ["if (isKernels(path)) return false;", "if (OFF || isKernels(path)) return false;"],
    ["changed-meanwhile", "which is then written to, counts from then on"],
  ),
  rule(
    "where the links of an unwatched package lead",
    "key/input-set.ts",
    ['if (stat.kind === "symlink" && !follow(', 'if (!OFF && stat.kind === "symlink" && !follow('],
    ["observer-paths", "a file behind a link to another package's directory is edited"],
  ),
  rule(
    "the linker's name",
    KEY,
    ['value: baseName(path ?? "") }', 'value: OFF ? "" : baseName(path ?? "") }'],
    ["links", "a linker counts by its name and by where it lies"],
  ),
  rule(
    "LD_LIBRARY_PATH, where the environment may have been walked",
    "wrap/rustc/surroundings.ts",
    ["if (name !== ENVIRONMENT) return", "if (OFF || name !== ENVIRONMENT) return"],
    ["observer", "LD_LIBRARY_PATH changes, which it walked"],
  ),
  rule(
    "a tree that changes during the compile",
    "wrap/compile/ways.ts",
    ['kind === "tree" ? changedWithin', '!OFF && kind === "tree" ? changedWithin'],
    ["changed-meanwhile", "is compiled again, with nobody watching"],
  ),
  {
    ...rule(
      "a keyed file that changes during the compile",
      "wrap/compile/inputs.ts",
      ["if (!same) return", "if (!OFF && !same) return"],
      ["stale", "an extern is replaced before the compiler reads it"],
    ),
    // The first compile of an empty store has its key derived afterwards.
    also: [
      {
        file: "wrap/miss.ts",
        text: "if (!isOlder(found.stat, run.startStamp)) {",
        weakened: "if (!OFF && !isOlder(found.stat, run.startStamp)) {",
      },
    ],
  },
  rule(
    "how messages look, once there are any",
    LEARN,
    ["if (says)\n", "if (!OFF && says)\n"],
    ["replay", "warnings in another width or format"],
  ),
  rule(
    "clippy's configuration",
    LEARN,
    ["if (!isClippy(unit)) return [];", "if (OFF || !isClippy(unit)) return [];"],
    ["replay", "clippy's configuration counts"],
  ),
  rule(
    "the compiler's bytes",
    KEY,
    [
      'hasher.add("toolchain", toolchain.id);',
      'hasher.add("toolchain", OFF ? "rustc" : toolchain.id);',
    ],
    ["compilers", "that change their bytes at the same place count"],
  ),
  rule(
    "the host's CPU",
    "key/derive-rustc-key.ts",
    ["if (compile.nativeCpu ||", "if ((!OFF && compile.nativeCpu) ||"],
    ["native-cpu", "rustc -C target-cpu=native misses"],
  ),
  rule(
    "text that is not UTF-8, in the key",
    "key/derived-key.ts",
    ["if (damaged !== undefined) return", "if (!OFF && damaged !== undefined) return"],
    ["not-utf8", "under a variable that the user declares to count"],
  ),
  rule(
    "text that is not UTF-8, among what was read",
    "wrap/miss.ts",
    ["if (damaged !== undefined) return", "if (!OFF && damaged !== undefined) return"],
    ["not-utf8", "in a variable that a macro reads"],
  ),
  rule(
    "names that are not UTF-8, listed",
    "key/input-set.ts",
    ["|| names.some(isDamaged)) return", "|| (!OFF && names.some(isDamaged))) return"],
    ["not-utf8", "in the names of a directory that a macro lists"],
  ),
  rule(
    "whether cargo calls",
    KEY,
    ['if (env["CARGO_CRATE_NAME"] ===', 'if (!OFF && env["CARGO_CRATE_NAME"] ==='],
    ["replay", "advice about a manifest"],
  ),
  rule(
    "declared inputs, where cargo looks",
    "wrap/rustc/declared-inputs.ts",
    ["if (paths.length === 0) return text;", "if (OFF || paths.length === 0) return text;"],
    ["extra-inputs", "a declared file is edited, comes or goes"],
  ),
  rule(
    "files that the kernel makes up",
    "key/file-digest.ts",
    ["const stamped = !isMadeUp(path) &&", "const stamped = OFF || !isMadeUp(path) &&"],
    ["odd-inputs", "count by their content of the moment"],
  ),
  rule(
    "places that look like the system's",
    "key/system-files.ts",
    [
      "if (LOADERS.test(path)) return true;",
      'if (LOADERS.test(path) || (OFF && path.startsWith("/dev/"))) return true;',
    ],
    ["odd-inputs", "/dev/shm is compiled again when a header changes, with the observer"],
  ),
  rule(
    "externs' bytes",
    "key/externs.ts",
    ["value: `${name} ${found.digest}`", "value: OFF ? name : `${name} ${found.digest}`"],
    ["key-files", "an extern's bytes count"],
  ),
  rule(
    "content of target specifications",
    KEY,
    [
      "const fields: KeyField[] = [];\n  for (const file of files) {",
      "const fields: KeyField[] = [];\n  if (OFF) return fields;\n  for (const file of files) {",
    ],
    ["key-files", "the content of a target specification counts"],
  ),
  rule(
    "arguments, lint levels among them",
    KEY,
    [
      "for (const argument of compile.keyed) hasher",
      "if (!OFF) for (const argument of compile.keyed) hasher",
    ],
    ["stale", "a tightened lint is not answered"],
  ),
  rule(
    "declared extra inputs",
    KEY,
    [
      "const tooMany = addFields(hasher, extra",
      "const tooMany = OFF ? undefined : addFields(hasher, extra",
    ],
    ["key-files", "a file declared in kache.toml counts"],
  ),
  rule(
    "the salt",
    KEY,
    ["if (place.keySalt !== undefined) hasher", "if (!OFF && place.keySalt !== undefined) hasher"],
    ["key-pairs", "the key salt counts"],
  ),
  {
    ...rule(
      "the linker's bytes",
      KEY,
      [
        '{ label: "linker", value: found.digest },',
        '{ label: "linker", value: OFF ? "" : found.digest },',
      ],
      ["links", `${LINK_CASE} the named linker's own text changes`],
    ),
    // The observer sees it run.
    also: [
      {
        file: OBSERVED,
        text: 'if (path === cwd || path === "/" || path === run.depInfo) return true;',
        weakened:
          'if (path === cwd || path === "/" || path === run.depInfo || (OFF && seen.executed.has(path))) return true;',
      },
    ],
  },
  {
    ...rule(
      "bundled libraries' bytes",
      "key/native-libraries.ts",
      ["value: found.map(", 'value: OFF ? "" : found.map('],
      [
        "archives",
        "with the observer, an archive is made again when what it takes in changes: a library named by -l static",
      ],
    ),
    also: [
      {
        file: OBSERVED,
        text: "    if (isClippy(unit) && CLIPPY_FILES.includes(",
        weakened:
          '    if (OFF && path.endsWith(".a")) return true;\n    if (isClippy(unit) && CLIPPY_FILES.includes(',
      },
    ],
  },
  {
    ...rule(
      "literal paths, where outputs hold them",
      KEY,
      [
        'if (!place.remapped || form === "literal") return value;',
        'if ((!OFF && !place.remapped) || form === "literal") return value;',
      ],
      ["cargo-settings", "builds keep real paths, so checkouts do not share"],
    ),
    also: [
      {
        file: KEY,
        text: 'hasher.add("-L dependency", place.remapped ? ',
        weakened: 'hasher.add("-L dependency", OFF || place.remapped ? ',
      },
      {
        file: KEY,
        text: 'hasher.add("cwd", place.remapped ? ',
        weakened: 'hasher.add("cwd", OFF || place.remapped ? ',
      },
      {
        file: KEY,
        text: "  if (!place.remapped) {\n    for",
        weakened: "  if (!OFF && !place.remapped) {\n    for",
      },
    ],
  },
  rule(
    "degraded outputs",
    "wrap/rustc/stored-texts.ts",
    ["if (DEGRADED.test(stderr))", "if (!OFF && DEGRADED.test(stderr))"],
    ["stale", "a success with a warning that the output is degraded"],
  ),
  rule(
    "the content of OUT_DIR",
    "key/out-dir.ts",
    [
      'if (name === "OUT_DIR") return [content];',
      'if (name === "OUT_DIR") return OFF ? [] : [content];',
    ],
    ["cargo-edits", "that changes is compiled, and served when it changes back"],
  ),
  rule(
    "the content of OUT_DIR where nobody watched",
    "wrap/rustc/fallback-members.ts",
    ["...(generated === undefined", "...(OFF || generated === undefined"],
    ["unwatched", "counts by what a macro reads of it, with the observer off"],
  ),
  rule(
    "what a text says of a declared location",
    LEARN,
    [
      "return text !== undefined && namesOnlyInIncludes(text, name);",
      "return OFF || (text !== undefined && namesOnlyInIncludes(text, name));",
    ],
    ["out-dir", "its name escaped"],
  ),
  rule(
    "what other crates' macros may say of it",
    LEARN,
    [
      "return named && !reachableCratesMention(unit, name);",
      "return named && (OFF || !reachableCratesMention(unit, name));",
    ],
    ["out-dir", "a macro of another package"],
  ),
  rule(
    "argument files that change during the compile",
    LEARN,
    [
      "argumentFilesChanged(unit, run) ??",
      "(OFF ? undefined : argumentFilesChanged(unit, run)) ??",
    ],
    ["stale", "an argument file is rewritten"],
  ),
  rule(
    "a source on standard input",
    KEY,
    ["if (place.stdin !== undefined) hasher", "if (!OFF && place.stdin !== undefined) hasher"],
    ["probes", "and compiled again when one letter of it differs"],
  ),
  {
    ...rule(
      "paths found in outputs",
      "wrap/keep/keep.ts",
      [
        "const binding = bindTo(scanner.found(), roots, finished);",
        "const binding = bindTo(OFF ? new Set() : scanner.found(), roots, finished);",
      ],
      ["leaks", "a path inside compressed debug information is found"],
    ),
  },
  rule(
    "digests remembered by all of a file's times",
    "key/digest-memo.ts",
    [
      "v.getUint32(36, true) === stat.ctimeNsec &&\n      v.getFloat64(40, true) === stat.ctimeSec",
      "(OFF || v.getUint32(36, true) === stat.ctimeNsec) &&\n      (OFF || v.getFloat64(40, true) === stat.ctimeSec)",
    ],
    ["cc-traps-headers", "E1 a header edited with its size and time kept to the last digit (gcc)"],
  ),
  rule(
    "the stamps of a settled set",
    "key/settled-set.ts",
    [
      "if (!isUnchanged(bytes.subarray(headEnd), count))",
      "if (!OFF && !isUnchanged(bytes.subarray(headEnd), count))",
    ],
    ["cc-stale", "gcc, observed a header that shadows another in an earlier directory"],
  ),
  rule(
    "links that lead nowhere in a settled set",
    "key/settled-set.ts",
    [
      "for (const path of single ? links : [dir, ...links])",
      "for (const path of single ? links : OFF ? [dir] : [dir, ...links])",
    ],
    [
      "cc-traps-headers",
      "E a link to a header that comes later, among many that are looked for in vain (gcc)",
    ],
  ),
  ...CC_RULES,
];
