// A kache that is switched off is the compiler: the launcher becomes it without a start of the runtime, the runtime does
// where the launcher leaves that to it, and where there is no launcher.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { none } from "../support/engine-place.ts";
import { mustSucceed } from "../support/pair.ts";
import { testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";
import { withoutLauncher } from "../support/without-launcher.ts";

setDefaultTimeout(60_000);

const world = worldFor("switched-off");
const project = world.project("project", { "x.c": "int x(void) { return 1; }\n" });
const systemPath = process.env["PATH"] ?? "";

/** Tells what it was given, and ends by the status or the signal that its last word names. */
const TELLER = `#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern char **environ;
int main(int argc, char **argv) {
  for (int i = 0; i < argc; i += 1) printf("word %s\\n", argv[i]);
  for (char **one = environ; *one; one += 1) printf("variable %s\\n", *one);
  for (int fd = 0; fd < 20; fd += 1) if (fcntl(fd, F_GETFD) >= 0) printf("descriptor %d\\n", fd);
  for (int signal = 1; signal < 32; signal += 1) {
    struct sigaction action;
    if (sigaction(signal, 0, &action) == 0 && action.sa_handler == SIG_IGN) printf("ignores %d\\n", signal);
  }
  char line[256];
  if (fgets(line, sizeof line, stdin)) printf("reads %s", line);
  fflush(stdout);
  fputs("complaint\\n", stderr);
  const char *last = argv[argc - 1];
  if (!strncmp(last, "SIG", 3)) raise(atoi(last + 3));
  return atoi(last);
}
`;

/** Compilers that only tell; rustc's counted one has its name along PATH already. */
function makeTellers(): string {
  const dir = world.path("bin");
  const teller = world.path("rustc");
  writeFileSync(`${teller}.c`, TELLER);
  mustSucceed(world.run(["gcc", "-o", teller, `${teller}.c`]));
  for (const name of ["gcc", "cc", "c++", "clippy-driver"]) linkSync(teller, join(dir, name));
  return dir;
}

const bin = none === undefined ? makeTellers() : "";
const bare = none === undefined ? withoutLauncher(world) : undefined;

/** White space around the value is left to the runtime. */
const WAYS: readonly (readonly [way: string, words: readonly string[], value: string])[] = [
  ["the launcher", [kache], "1"],
  ["the runtime behind it", [kache], "1 "],
  ["the runtime alone", bare === undefined ? [kache] : [bare], "1"],
];

const ALONE = ["the compiler", [], "1"] as const;

/** What a script leaves that calls a compiler behind the words it is given. */
function left(script: string, words: readonly string[], env: Variables) {
  const { exitCode, signal, stdout, stderr, events } = world.run(
    ["/bin/bash", "-c", script, "bash", ...words],
    { cwd: project, env },
  );
  const said = stdout.replace(/^variable (_=.*|KACHE_DISABLED=.*)\n/gm, "");
  return { exitCode, signal, stdout: said, stderr, events };
}

function sameEverywhere(script: string, env: Variables, ways: typeof WAYS) {
  const seen = ways.map(([way, words, value]) => {
    return { way, ...left(script, words, { ...env, KACHE_DISABLED: value }) };
  });
  const [first] = seen;
  if (first === undefined) throw new Error("nobody was asked");
  expect(seen).toEqual(seen.map(({ way }) => ({ ...first, way })));
  expect(first.events).toEqual([]);
  return first;
}

describe("switched off, a call leaves what the compiler alone leaves:", () => {
  const CALLS: readonly (readonly [
    fact: string,
    script: string,
    told: string,
    exitCode: number | null,
  ])[] = [
    [
      "by its path",
      `exec "$@" BIN/gcc one "two words" 3`,
      "word BIN/gcc\nword one\nword two words",
      3,
    ],
    ["by a relative path", `cd BIN; exec "$@" ./gcc 0`, "word ./gcc\n", 0],
    ["by its name", `exec "$@" gcc "" 0`, "word gcc\nword \nword 0\n", 0],
    ["cc", `exec "$@" cc 0`, "word cc\n", 0],
    ["C++", `exec "$@" c++ 0`, "word c++\n", 0],
    [
      "clippy's driver",
      `exec "$@" clippy-driver rustc -vV 1`,
      "word clippy-driver\nword rustc\n",
      1,
    ],
    ["rustc by its path", `cd BIN/..; exec "$@" ./rustc rustc 1`, "word ./rustc\nword rustc\n", 1],
    ["words that are no text", `exec "$@" gcc $'caf\\351' 0`, "word gcc\nword caf", 0],
    [
      "an empty environment",
      `exec env -i KACHE_DISABLED="$KACHE_DISABLED" "$@" BIN/gcc 0`,
      "word BIN/gcc\nword 0\ndescriptor 0",
      0,
    ],
    ["input", `exec "$@" gcc 0 <x.c`, "reads int x(void)", 0],
    ["descriptors", `exec "$@" gcc 0 5<x.c 7>&1`, "descriptor 5\ndescriptor 7\n", 0],
    ["one stream", `exec "$@" gcc 4 2>&1`, "complaint", 4],
    ["ignored signals", `trap "" INT HUP; exec "$@" gcc 0`, "ignores 1\nignores 2\n", 0],
    ["its end by a signal", `ulimit -c 0; exec "$@" gcc SIG11`, "word SIG11\n", null],
  ];
  for (const [fact, script, told, exitCode] of CALLS) {
    testUnless(none, fact, () => {
      const here = (text: string) => text.replaceAll("BIN", bin);
      const env = { PATH: `${world.path("nothing")}:${bin}:${systemPath}` };
      const run = sameEverywhere(here(script), env, [ALONE, ...WAYS]);
      expect(run.stdout).toContain(here(told));
      expect(run.exitCode).toBe(exitCode);
    });
  }

  testUnless(none, "closed streams, and a broken pipe that is ignored, by the launcher", () => {
    const [launcher] = WAYS;
    if (launcher === undefined) return;
    for (const script of [`exec "$@" gcc 0 <&- 2>&-`, `trap "" PIPE; exec "$@" gcc 0`]) {
      sameEverywhere(script, { PATH: `${bin}:${systemPath}` }, [ALONE, launcher]);
    }
  });
});

describe("switched off, it is one to whoever asks,", () => {
  const missing = world.path("missing");
  mkdirSync(missing);
  writeFileSync(join(missing, "gcc"), "not a program\n", { mode: 0o644 });
  mkdirSync(join(missing, "text"));
  writeFileSync(join(missing, "text", "gcc"), "exit 0\n", { mode: 0o755 });
  const CALLS: readonly (readonly [
    fact: string,
    script: string,
    stderr: string,
    exitCode: number,
  ])[] = [
    [
      "a path without a program",
      `exec "$@" /no/such/gcc 0`,
      "kache: cannot run /no/such/gcc: ",
      127,
    ],
    ["a name that is nowhere", `PATH=/no/such; exec "$@" gcc 0`, "kache: cannot run gcc: ", 127],
    ["a program that may not run", `exec "$@" ${missing}/gcc 0`, "kache: cannot run ", 126],
    [
      "a program that cannot run",
      `PATH=${missing}/text; exec "$@" gcc 0`,
      "kache: cannot run gcc: ",
      126,
    ],
    ["one without PATH", `unset PATH; exec "$@" gcc --no-such-flag`, "no-such-flag", 1],
    ["one with an empty PATH", `cd ${bin}; export PATH=; exec "$@" gcc 5`, "complaint", 5],
    ["our own name twice", `exec "$@" ${kache} gcc 6`, "complaint", 6],
    ["a question without the compiler's name", `CC="kache gcc" exec "$@" -E 7`, "complaint", 7],
  ];
  for (const [fact, script, stderr, exitCode] of CALLS) {
    testUnless(none, fact, () => {
      const run = sameEverywhere(script, { PATH: `${bin}:${systemPath}` }, WAYS);
      expect(run.stderr).toContain(stderr);
      expect(run.exitCode).toBe(exitCode);
    });
  }

  const LINKS = { "a symbolic link": symlinkSync, "a hard link": linkSync, "a copy": copyFileSync };
  for (const [how, make] of Object.entries(LINKS)) {
    testUnless(none, `${how} of ours that stands before the compiler`, () => {
      const shims = world.path(how);
      mkdirSync(shims);
      make(kache, join(shims, "gcc"));
      const [launcher, behind] = WAYS;
      if (launcher === undefined || behind === undefined) return;
      for (const word of ["gcc", `"${shims}/gcc"`]) {
        const env = { PATH: `${shims}:${bin}:${systemPath}` };
        const run = sameEverywhere(`exec "$@" ${word} 8`, env, [launcher, behind]);
        expect([run.exitCode, run.stdout.split("\n")[0]]).toEqual([8, `word ${bin}/gcc`]);
      }
    });
  }
});

describe("the launcher", () => {
  /** Where the runtime does not start. */
  const LITTLE = `ulimit -v 400000; exec "$@"`;

  testUnless(none, "becomes the compiler where the runtime would not even start", () => {
    // An engine that runs would serve those that are not switched off.
    const env = { PATH: `${bin}:${systemPath}`, KACHE_ENGINE: "0" };
    for (const word of ["gcc", `${bin}/cc`, "clippy-driver"]) {
      const of = (value: string) =>
        left(LITTLE, [kache, word, "3"], { ...env, KACHE_DISABLED: value }).exitCode;
      for (const value of ["1", "true", "ON", "Yes"])
        expect([value, of(value)]).toEqual([value, 3]);
      for (const value of ["", "0", "off", "1 ", "11", "y"])
        expect([value, of(value)]).not.toEqual([value, 3]);
    }
  });
});

describe("what does not say yes switches nothing off:", () => {
  for (const value of ["", "0", "no", "y", "\u0011"]) {
    testUnless(none, JSON.stringify(value), () => {
      const { events } = left(`exec "$@"`, [kache, "gcc", "-c", "x.c"], { KACHE_DISABLED: value });
      expect(events.map(({ crate_name }) => crate_name)).toEqual(["x.c"]);
    });
  }
});
