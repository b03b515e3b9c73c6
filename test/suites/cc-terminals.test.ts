// What a C compiler says depends on whom it speaks to: terminals of any kind, pipes, and languages. One entry serves
// terminals and pipes; another language is another's.
import { describe, setDefaultTimeout } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { type Case, served, type Step, testCases } from "../support/cc-twin.ts";
import { worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-terminals");

const COMPILE = ["-Wall", "-c", "x.c", "-o", "x.o"];
const FILES = { "x.c": "int x(void) { int unused; return 1; }\n" };

/** A terminal of fixed size; what it shows is shown with its line ends. */
function terminal(words: readonly string[]): string[] {
  return ["script", "-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"];
}

const terminals = ["", "dumb", "linux", "xterm-256color"].map((TERM): Case => ({
  fact: `TERM=${TERM} on a terminal and in a pipe`,
  compilers: ["clang", "clang-19"],
  skip: missing("script"),
  files: FILES,
  env: { TERM },
  steps: [
    { args: COMPILE, outcome: "misses" },
    { around: terminal, outcome: "hits" },
    {
      args: ["-fdiagnostics-color=auto", ...COMPILE],
      around: terminal,
      outcome: /^(hits|misses)$/,
    },
    { args: COMPILE, outcome: "hits" },
  ],
}));

const COMPILERS = ["gcc", "clang", "clang-16", "clang-19"];
/** Those that do not go by the terminal's description, which may not be there. */
const LISTED = ["gcc", "clang-19"];

/** What a user can say about colours, on a terminal of any kind, whatever the compiler is called. */
const wishes = [
  { compilers: COMPILERS, said: { TERM: "xterm-256color", NO_COLOR: "1" } },
  { compilers: COMPILERS, said: { TERM: "xterm-256color", NO_COLOR: "" } },
  { compilers: COMPILERS, said: { TERM: undefined, NO_COLOR: undefined } },
  { compilers: LISTED, said: { TERM: "alacritty", NO_COLOR: "1" } },
  { compilers: LISTED, said: { TERM: "alacritty", NO_COLOR: undefined } },
].flatMap(({ compilers, said }) =>
  compilers.map((compiler): Case => {
    const named = Object.entries(said).map(([name, value]) => `${name}=${value ?? "(unset)"}`);
    const fact = `${named.join(" ")}, a compiler by its name and by another`;
    const other = world.path(`${compiler}-as`, "cc");
    const steps = [undefined, [other]].flatMap((words): Step[] => {
      const called = words === undefined ? {} : { compiler: words };
      const salt = `anew ${fact} ${words?.join() ?? ""}`;
      return [
        { ...called, args: COMPILE, outcome: "misses" },
        { ...called, around: terminal, outcome: "hits" },
        { ...called, around: terminal, wrappedEnv: { KACHE_KEY_SALT: salt }, outcome: "misses" },
      ];
    });
    return {
      fact,
      compilers: [compiler],
      skip: missing("script") ?? missing(compiler),
      files: FILES,
      // gcc's links for terminals are left out: with whom they count is known.
      env: { ...said, GCC_URLS: "no" },
      steps: steps.map((step) => ({
        ...step,
        disturb: () => {
          rmSync(dirname(other), { recursive: true, force: true });
          mkdirSync(dirname(other));
          symlinkSync(Bun.which(compiler) ?? "", other);
        },
      })),
    };
  }),
);

const german = Bun.spawnSync(["locale", "-a"]).stdout.toString().includes("de_DE.utf8");
const languages: Case = {
  fact: "messages in another language are said to those who speak it",
  compilers: ["gcc"],
  skip: german ? undefined : "there is no German locale here",
  files: FILES,
  steps: [
    ...served(COMPILE, { env: { LC_ALL: "C.UTF-8" } }),
    { env: { LC_ALL: "de_DE.UTF-8" }, outcome: "misses" },
    { env: { LANG: "de_DE.UTF-8" }, outcome: "misses" },
    { env: { LC_MESSAGES: "de_DE.UTF-8" }, outcome: "misses" },
    { env: { LANG: "C.UTF-8", LANGUAGE: "de" }, outcome: "misses" },
    { env: { LC_ALL: "C.UTF-8" }, outcome: "hits" },
    { env: { LC_ALL: "de_DE.UTF-8" }, outcome: "hits" },
  ],
};

describe("terminals", () => {
  testCases(world, [...terminals, ...wishes]);
});
describe("languages", () => {
  testCases(world, [languages]);
});
