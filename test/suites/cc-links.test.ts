// What lies at an output's place: links of both kinds, directories, files of other modes, and places that nobody may
// write to. Whoever compiles or serves leaves all of it as the compiler alone does.
import { describe, setDefaultTimeout } from "bun:test";
import { chmodSync, closeSync, existsSync, fstatSync, linkSync, mkdirSync } from "node:fs";
import { openSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asNobody } from "../support/around.ts";
import { CALLS } from "../support/cc-sides.ts";
import { type Case, type Outcome, type Step, testCases } from "../support/cc-twin.ts";
import { BOTH, COMPILE, SEED } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-links");
// Another user must be able to get in.
chmodSync(world.dir, 0o755);

const OLD = "what was there before\n";
const HEADER = "#define X 1\n";

/** What lies there, how it comes there, and what becomes of a call whose result is known. */
interface There {
  readonly fact: string;
  readonly lay: (place: string, dir: string) => void;
  readonly known: (output: string) => Outcome;
}

const noPlainFile = (output: string): Outcome => `passes: output ${output} is no plain file`;
const otherLinks = (output: string): Outcome => `passes: output ${output} has other links`;
const hits = (): Outcome => "hits";

const THERE: readonly There[] = [
  { fact: "a file of another mode", lay: file(OLD, 0o640), known: hits },
  { fact: "an empty file of another mode", lay: file("", 0o600), known: hits },
  { fact: "an empty file that can be run", lay: file("", 0o755), known: hits },
  {
    fact: "a read-only file",
    lay: file(OLD, 0o444),
    known: (output) => `passes: output ${output} is read-only`,
  },
  { fact: "a link to a file", lay: leading("behind", OLD), known: noPlainFile },
  { fact: "a link to an empty file", lay: leading("behind", ""), known: noPlainFile },
  { fact: "a link to nothing", lay: leading("behind"), known: noPlainFile },
  { fact: "a link to the header", lay: leading("x.h"), known: noPlainFile },
  {
    fact: "a link to a directory",
    lay: (place, dir) => {
      mkdirSync(join(dir, "behind"));
      symlinkSync("behind", place);
    },
    known: noPlainFile,
  },
  {
    fact: "a directory",
    lay: (place) => {
      mkdirSync(place);
    },
    known: noPlainFile,
  },
  { fact: "the header's second name", lay: second("x.h"), known: otherLinks },
  { fact: "the source's second name", lay: second("x.c"), known: otherLinks },
  { fact: "another object's second name", lay: second("behind", OLD), known: otherLinks },
  { fact: "an empty file's second name", lay: second("behind", ""), known: otherLinks },
];

function file(text: string, mode: number) {
  return (place: string): void => {
    writeFileSync(place, text);
    chmodSync(place, mode);
  };
}

function leading(to: string, text?: string) {
  return (place: string, dir: string): void => {
    if (text !== undefined) writeFileSync(join(dir, to), text);
    symlinkSync(to, place);
  };
}

function second(of: string, text?: string) {
  return (place: string, dir: string): void => {
    if (text !== undefined) writeFileSync(join(dir, of), text);
    linkSync(join(dir, of), place);
  };
}

/** Lays it, and writes down afterwards which names still mean the file that was laid. */
function laying(there: There, output: string): Pick<Step, "disturb" | "check" | "edit"> {
  let laid = -1;
  return {
    edit: { "x.c": CALLS, "x.h": HEADER },
    disturb: (dir) => {
      const place = join(dir, output);
      rmSync(place, { recursive: true, force: true });
      rmSync(join(dir, "behind"), { recursive: true, force: true });
      there.lay(place, dir);
      // Open, so that no new file gets its inode.
      laid = existsSync(place) ? openSync(place, "r") : -1;
    },
    check: (dir) => {
      if (laid < 0) return;
      const { ino } = fstatSync(laid);
      closeSync(laid);
      const same = [output, "behind", "x.h", "x.c"].filter(
        (name) => statSync(join(dir, name), { throwIfNoEntry: false })?.ino === ino,
      );
      writeFileSync(join(dir, "same.txt"), same.join("\n"));
    },
  };
}

/** An output, and the arguments by which it is made. */
interface Made {
  readonly output: string;
  readonly args: readonly string[];
  readonly compilers: readonly string[];
  /** Whether only some of what may lie there is tried. */
  readonly isBrief?: boolean;
}

const MADE: readonly Made[] = [
  { output: "x.o", args: COMPILE, compilers: BOTH },
  { output: "x.d", args: ["-MD", ...COMPILE], compilers: BOTH },
  { output: "x.s", args: ["-S", "x.c", "-o", "x.s"], compilers: BOTH, isBrief: true },
  { output: "x.i", args: ["-E", "x.c", "-o", "x.i"], compilers: BOTH, isBrief: true },
  { output: "x.su", args: ["-fstack-usage", ...COMPILE], compilers: BOTH, isBrief: true },
  {
    output: "x.dwo",
    args: ["-g", "-gsplit-dwarf", ...COMPILE],
    compilers: BOTH,
    isBrief: true,
  },
  {
    output: "x.gcno",
    args: ["-ftest-coverage", SEED, ...COMPILE],
    compilers: BOTH,
    isBrief: true,
  },
  { output: "x.o", args: ["-no-integrated-as", ...COMPILE], compilers: ["clang"], isBrief: true },
];

const BRIEFLY = ["an empty file of another mode", "a link to nothing", "the header's second name"];

/** Known and, where that can be served, served into it; then compiled over it by somebody who knows nothing. */
function cases({ output, args, compilers, isBrief = false }: Made): Case[] {
  return THERE.filter(({ fact }) => !isBrief || BRIEFLY.includes(fact)).map((there): Case => {
    const step = { ...laying(there, output), fresh: true };
    const outcome = there.known(output);
    const cold: Step = {
      ...step,
      again: true,
      wrappedEnv: { KACHE_KEY_SALT: `cold ${there.fact} ${args.join(" ")}` },
      outcome: "misses",
    };
    return {
      fact: `${output} is ${there.fact}`,
      compilers,
      literal: true,
      files: { "x.c": CALLS, "x.h": HEADER },
      steps: [
        { args, outcome: "misses" },
        { ...step, outcome },
        ...(outcome === "hits" ? [cold] : []),
      ],
    };
  });
}

/** Compiles that fail, and leave what is there or do not. */
const failing = THERE.map((there): Case => ({
  fact: `a compile that fails over ${there.fact}`,
  literal: true,
  files: { "x.c": "int x(void) { return }\n", "x.h": HEADER },
  steps: [
    {
      args: ["-MD", ...COMPILE],
      ...laying(there, "x.o"),
      edit: {},
      outcome: /^(fails|passes: output .*)$/,
    },
  ],
}));

/** A directory that others may write to, or not. */
function locked(mode: number, ...made: readonly string[]) {
  return (dir: string): void => {
    const place = join(dir, "out");
    mkdirSync(place, { recursive: true });
    for (const name of made) {
      writeFileSync(join(place, name), OLD);
      chmodSync(join(place, name), 0o666);
    }
    chmodSync(place, mode);
    mkdirSync(world.path("nobodys"), { recursive: true });
    chmodSync(world.path("nobodys"), 0o777);
  };
}

const ELSEWHERE = ["-MD", "-c", "x.c", "-o", "out/x.o"];
const NOBODY = { around: asNobody, wrappedEnv: { KACHE_CACHE_DIR: world.path("nobodys") } };
const nobody = process.getuid?.() === 0 ? missing("setpriv") : "it takes another user";

const closed: readonly Case[] = [
  {
    fact: "a directory that is not there",
    literal: true,
    steps: [
      { args: ELSEWHERE, disturb: locked(0o755), outcome: "misses" },
      { fresh: true, outcome: "fails" },
    ],
  },
  {
    fact: "a directory that may not be written to",
    skip: nobody,
    literal: true,
    steps: [
      { args: ELSEWHERE, ...NOBODY, disturb: locked(0o777), outcome: "misses" },
      { ...NOBODY, fresh: true, disturb: locked(0o555), outcome: "fails" },
    ],
  },
  {
    fact: "files that may be written to in a directory that may not",
    skip: nobody,
    literal: true,
    steps: [
      { args: ELSEWHERE, ...NOBODY, disturb: locked(0o777), outcome: "misses" },
      {
        ...NOBODY,
        fresh: true,
        disturb: locked(0o555, "x.o", "x.d"),
        outcome: /^(misses|not stored: .* could not be looked at)$/,
      },
    ],
  },
];

for (const made of MADE) {
  describe(made.args.join(" "), () => {
    testCases(world, cases(made));
  });
}
describe("what fails", () => {
  testCases(world, failing);
});
describe("directories", () => {
  testCases(world, closed);
});
