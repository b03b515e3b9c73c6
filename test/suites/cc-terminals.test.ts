// What a C compiler says depends on whom it speaks to: terminals of any kind, pipes, and languages. One entry serves
// terminals and pipes; another language is another's.
import { describe, setDefaultTimeout } from "bun:test";
import { type Case, served, testCases } from "../support/cc-twin.ts";
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
  testCases(world, terminals);
});
describe("languages", () => {
  testCases(world, [languages]);
});
