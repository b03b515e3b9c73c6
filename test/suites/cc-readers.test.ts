// Readers that leave while a C compiler speaks, and calls without its name on streams that are closed: the call ends as
// the compiler alone does.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recorded } from "../support/cc-twin.ts";
import { type Run, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { withoutLauncher } from "../support/without-launcher.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-readers");

/** More than all pipes on the way take. */
const MANY = 30_000;
const TEXT = Array.from({ length: MANY }, (_, n) => `int name_of_some_length_${n};\n`).join("");
const WARNINGS = Array.from({ length: MANY }, (_, n) => `#warning w${n}\n`).join("");

/** How often a place is called; each call has a key of its own. */
let calls = 0;
const project = world.project("project", {
  "text.c": TEXT,
  "warnings.c": WARNINGS,
  "unused.c": "int x(void) { int unused; return 1; }\n",
});

function sh(script: string, words: readonly string[]): Run {
  calls += 1;
  const env = { KACHE_KEY_SALT: String(calls) };
  return world.run(["bash", "-c", script, "bash", ...words], { cwd: project, env });
}

const compilers = ["gcc", "clang"].filter((name) => missing(name) === undefined);
const engines = [
  ["served by an engine", "export KACHE_ENGINE=1;"],
  ["by itself", "export KACHE_ENGINE=0;"],
];

describe("a reader that leaves after the first line", () => {
  const rows = [
    ["of the text", ["-E", "text.c"], '"$@" 2>err | head -n 1; echo ${PIPESTATUS[0]}; cat err'],
    [
      "of the messages",
      ["-c", "warnings.c"],
      '"$@" 2>&1 >/dev/null | head -n 1; echo ${PIPESTATUS[0]}',
    ],
  ] as const;
  for (const compiler of compilers) {
    for (const [fact, args, script] of rows) {
      for (const [how = "", setting = ""] of engines) {
        test(`${fact}, ${how} (${compiler})`, () => {
          sh(`${setting} "$@"`, [kache, compiler, "-c", "unused.c"]);
          const plain = sh(script, [compiler, ...args]);
          const ours = sh(`${setting} ${script}`, [kache, compiler, ...args]);
          expect(ours.stdout).toBe(plain.stdout);
          expect(recorded(ours.events)).toBe("fails");
        });
      }
    }
  }

  test("of a compiler that says no more is no matter", () => {
    const words = [kache, "gcc", "-c", "unused.c"];
    const script = 'exec 3> >(exec sleep 0.2); "$@" >&3 2>&3; echo $?';
    const slow = join(project, "slow-gcc");
    writeFileSync(slow, '#!/bin/sh\ncase "$*" in *unused.c*) sleep 1 ;; esac\nexec gcc "$@"\n');
    chmodSync(slow, 0o755);
    const run = sh(script, [kache, slow, ...words.slice(2)]);
    expect(run.stdout).toBe("0\n");
    expect(recorded(run.events)).toBe("misses");
  });
});

describe("a standard error that is closed, and a warning", () => {
  const args = ["-Wall", "-c", "unused.c"];
  const closed = '"$@" 2>&-; echo $?';
  const expected = () => sh(closed, ["gcc", ...args]).stdout;
  const UNHEARD = "nobody reads what the compiler says";

  test("in a call without the compiler's name", () => {
    for (const words of [args, ["unused.c", "-Wall", "-c"]]) {
      const run = sh(`export CC="${kache} gcc"; ${closed}`, [kache, ...words]);
      expect(run.stdout).toBe(expected());
      expect(run.events.map(({ passthrough_reason: why }) => why)).toEqual([UNHEARD]);
    }
  });

  test("where there is no launcher", () => {
    const bare = withoutLauncher(world);
    if (bare === undefined) return;
    const run = sh(closed, [bare, "gcc", ...args]);
    expect(run.stdout).toBe(expected());
    expect(run.events.map(({ passthrough_reason: why }) => why)).toEqual([UNHEARD]);
    const quiet = sh('"$@" >&- 2>&- <&-; echo $?', [bare, "gcc", "-c", "unused.c"]);
    expect(quiet.stdout).toBe("0\n");
    const heard = sh('"$@" >/dev/null 2>/dev/null; echo $?', [bare, "gcc", ...args]);
    expect(recorded(heard.events)).toBe("misses");
  });
});
