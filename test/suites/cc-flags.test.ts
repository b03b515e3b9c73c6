// The tables of flags beside what the installed compilers document: every flag has a row or a family, and
// one that only a family stands for does not read or write a file of its own accord, or was looked at.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { splitClWords } from "../../src/compiler/cc/cl-words.ts";
import { type GnuEffect, gnuFlagOf } from "../../src/compiler/cc/gnu-flags.ts";
import { testUnless } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";

/** A documented flag as the help has it. */
interface Documented {
  readonly flag: string;
  readonly text: string;
}

/** Lines of "  -flag <value>   what it does", which may go on in the lines below. */
function documentedBy(command: readonly string[]): Documented[] {
  const help = Bun.spawnSync([...command], {
    stderr: "ignore",
    env: { ...process.env, LC_ALL: "C" },
  });
  const found: { flag: string; text: string }[] = [];
  for (const line of help.stdout.toString().split("\n")) {
    const begun = /^ {2}([-/][^ ]*)((?: <[^>]*>)*)(?: +(.*))?$/.exec(line);
    const last = found.at(-1);
    if (begun !== null) {
      const [, names = "", values = "", text = ""] = begun;
      for (const name of names.split(/,(?=-)/)) {
        found.push({ flag: name + values, text });
      }
    } else if (last !== undefined && /^ {10}/.test(line)) last.text += ` ${line.trim()}`;
  }
  return found;
}

/** The flag as it begins an argument, without the description of its value. */
function written(flag: string): string {
  return flag.replace(/[[<{ ].*$|\.\.\.$/s, "").replace(/=[a-z|,]+$/, "=");
}

/** No rows and no families: looked at, and better not cached. */
const UNKNOWN: Readonly<Record<string, string>> = {
  "-b": "the linker's on AIX; gcc once chose the machine with it",
};

/** Help that speaks of files, paths or loads where the flag reads and writes none. */
const HARMLESS: readonly (readonly [flags: RegExp, reason: string])[] = [
  [/^-W/, "a warning: the files and paths are those of the program that is compiled"],
  [/^-m/, "code for a machine: loads and writes are the program's"],
  [/^-fno-|^-f.*paths?(?:-|$)|-load|-las$|-lm$/, "paths through the program and its loads"],
  [/^-f(?:rwpi|chkp-check-write|plt|tree-phiprop|ipa-|sched-|openmp)/, "loads of the program"],
  [/^-f(?:profile-(?:exclude|filter)-files=|instrument-)/, "patterns for names of files"],
  [/^-fprofile-(?:info-section|reproducible|update)/, "how counters are kept, not where"],
  [/^-f(?:analyzer-|opt-info$|lang-info|report-bug$)/, "said on standard error"],
  [
    /^-f(?:input-charset|working-directory|canonical-system-headers|preprocessed)/,
    "how text is read",
  ],
  [
    /^-f(?:large-source-files|binutils-version|rtlib-add-rpath|time-trace-gran)/,
    "a number, or the link's",
  ],
  [/^-fbasic-block-sections=$/, "its list= has a row"],
  [/^-f(?:prebuilt-implicit-modules|validate-ast-input|sanitize-undefined)/, "counts as text"],
  [/^-fpch-/, "how a precompiled header is used, which counts by its bytes"],
  [/^-fsplit-dwarf-inlining$/, "which debug information; the files are those of -gsplit-dwarf"],
];

const TOUCHES = /\bfile(?:name)?s?\b|\bpaths?\b|director|\bdump|\bwrite|\bload/i;

const GNU: readonly (readonly string[])[] = [
  ["gcc", "--help"],
  ["gcc", "--help=common"],
  ["gcc", "--help=optimizers"],
  ["gcc", "--help=warnings"],
  ["gcc", "--help=target"],
  ["gcc", "--help=params"],
  ["gcc", "--help=undocumented"],
  ["gcc", "--help=c"],
  ["g++", "--help=c++"],
  ["clang", "--help"],
  ["clang", "--help-hidden"],
];

/** Flags without a row that the test does not know either, and why. */
function unreviewed(command: readonly string[]): string[] {
  return documentedBy(command).flatMap(({ flag, text }) => {
    const name = written(flag);
    const found = gnuFlagOf(name);
    if (found === undefined) return name in UNKNOWN ? [] : [`${flag}: no row and no family`];
    if (!found.byFamily || !TOUCHES.test(`${flag} ${text}`)) return [];
    const known = HARMLESS.some(([flags]) => flags.test(name));
    return known ? [] : [`${flag}: only a family: ${text}`];
  });
}

describe("flags that compilers document", () => {
  for (const command of GNU) {
    const [program = ""] = command;
    testUnless(missing(program), `all of ${command.join(" ")} are in the table`, () => {
      expect(documentedBy(command).length).toBeGreaterThan(5);
      expect(unreviewed(command)).toEqual([]);
    });
  }

  testUnless(missing("clang"), "all of clang-cl /? are in the table", () => {
    const flags = documentedBy(["clang", "--driver-mode=cl", "/?"]);
    expect(flags.length).toBeGreaterThan(100);
    const unknown = flags.filter(({ flag }) => {
      const words = splitClWords([written(flag), "value"], new Set());
      return "kind" in words && words.reason === "unknown-flag";
    });
    expect(unknown.map(({ flag }) => flag)).toEqual([]);
  });

  test("a flag nobody knows would be noticed", () => {
    expect(gnuFlagOf("--no-such-flag")).toBeUndefined();
    expect(gnuFlagOf("-fno-such-file=")?.byFamily).toBe(true);
  });
});

/** Flags that builds of every size use, by what each does. */
const GNU_EFFECTS: Readonly<Partial<Record<GnuEffect, string>>> = {
  modelled:
    "-c -E -S -arch -march=x86-64 -mtune=native -mcpu=native -x -xc -xc++ -xobjective-c -xobjective-c++ -DX -D -UX -U " +
    "-MD -MMD -MP -MG -MF -MFx.d -MT -MTx -MQ -MQx -o -ox.o -Xclang -Wa,--noexecstack -Wp,-MD,x.d -gsplit-dwarf " +
    "--coverage -ftest-coverage -fcolor-diagnostics -fno-color-diagnostics -fdiagnostics-color=always",
  keyed:
    "-O -O0 -O1 -O2 -O3 -Os -Oz -Og -Ofast -g -g0 -g1 -g2 -g3 -gdwarf-4 -gdwarf-5 -gline-tables-only " +
    "-gsimple-template-names -std=c11 -fPIC -fpic --target=x86_64-linux-gnu -target -m32 -m64 -msimd128 -mabi=lp64 " +
    "-mfloat-abi=hard -mfpu=neon -mthumb -mcmodel=kernel -mmacosx-version-min=11 -mllvm " +
    "-mllvm=-dwarf-linkage-names=Abstract --param --param=x=1 -ffp-contract=off -fno-math-errno -ffast-math -fwrapv " +
    "-fno-strict-aliasing -fstrict-flex-arrays=3 -ffunction-sections -fdata-sections -fomit-frame-pointer " +
    "-fno-omit-frame-pointer -funwind-tables -fno-common -fno-builtin -fstack-protector -fstack-protector-strong " +
    "-fstack-clash-protection -fexceptions -fno-exceptions -frtti -fno-rtti -fno-sized-deallocation -fno-aligned-new " +
    "-fvisibility=hidden -fvisibility=default -fvisibility-inlines-hidden -fobjc-exceptions -fobjc-arc " +
    "-fsanitize=address -flto -flto=thin -fdebug-compilation-dir=. -ffile-compilation-dir=. -pthread -pg -undef " +
    "-nostdinc -nostdinc++ -P -w -Wall -Werror=vla -Wno-unused -pedantic -pedantic-errors " +
    "--start-no-unused-arguments --end-no-unused-arguments",
  search: "-I -Iinc -isystem -isystem/x -iquote -iquote/x -idirafter",
  path: "-include -imacros -isysroot --sysroot --sysroot=/x --include=x.h -include-pch",
  file: "-specs=x -fplugin=x.so",
  "place-file": "-fsanitize-ignorelist=x",
  place: "-fprofile-arcs -fprofile-generate -fprofile-use",
  remap: "-ffile-prefix-map=a=b -fdebug-prefix-map=a=b -fmacro-prefix-map=a=b",
  link: "-stdlib=libc++ -Wl,-z,now -lm",
  presentation: "-fdiagnostics-show-option",
  ignored: "-pipe",
  query: "-v --verbose -###",
  refused:
    "-save-temps -Xarch_x86_64 -fmodules -fcxx-modules -emit-pch -fdeps-file=x.ddi -fdeps-format=p1689r5",
};

const CL_EFFECTS: typeof GNU_EFFECTS = {
  modelled: "c Fox.obj Z7 Zi ZI Zd FC D DX U UX Tc Tp clang:-MD",
  keyed:
    "MD MDd MT MTd O1 O2 Od Ox Oy- Gy Gw EHsc EHa GR GR- GS GS- guard:cf Zc:inline Zc:threadSafeInit- utf-8 Brepro " +
    "std:c++17 wd4100 external:W0 showIncludes bigobj W3 WX",
  search: "I Iinc external:I",
  path: "FI FIx.h",
  ignored: "nologo FS Gm- Fdx.pdb MP",
  refused: "Ycx.h Yux.h Fpx.pch FA analyze",
};

describe("flags by what they do", () => {
  for (const [effect, flags = ""] of Object.entries(GNU_EFFECTS)) {
    test(`${effect}, by gcc and clang`, () => {
      const others = flags.split(" ").filter((flag) => gnuFlagOf(flag)?.flag.effect !== effect);
      expect(others).toEqual([]);
    });
  }

  for (const [effect, names = ""] of Object.entries(CL_EFFECTS)) {
    test(`${effect}, by clang-cl, with a dash and with a slash`, () => {
      const flags = names.split(" ").flatMap((name) => [`-${name}`, `/${name}`]);
      const others = flags.filter((flag) => {
        const words = splitClWords([flag, "value"], new Set());
        return "kind" in words || words[0]?.effect !== effect;
      });
      expect(others).toEqual([]);
    });
  }
});

test("names in the table's rows stand between blanks", () => {
  const path = join(import.meta.dir, "../../src/compiler/cc/gnu-flags.ts");
  const text = readFileSync(path, "utf8");
  const rows = text.slice(text.indexOf("const ROWS"), text.indexOf("const FAMILIES"));
  const lists = [...rows.matchAll(/"([^"]*)",?\s*\]/g)].map(([, list = ""]) => list);
  expect(lists.length).toBeGreaterThan(50);
  expect(lists.filter((list) => !/^ .* $/.test(list))).toEqual([]);
});
