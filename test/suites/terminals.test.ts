// What rustc says to somebody at a terminal is as wide as that: such messages are made anew, and silence is served.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { outcomeOf } from "../support/pair.ts";
import { type RustcCall, testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("terminals");

/** A warning about a line that is cut where the terminal ends. */
const WARNS = `pub fn f() { let unused = 1; let _ = (${'"one of many words", '.repeat(9)}1); }\n`;

let units = 0;

/** A unit that is compiled with nothing but its standard input at a terminal, or with none. */
function unit(source: string, more: readonly string[]) {
  units += 1;
  const dir = world.project(`unit${units}`, { "src/lib.rs": source, "out/": "" });
  const call: RustcCall = { name: `unit${units}`, emit: "dep-info,metadata", args: more };
  const run = (words: readonly string[], columns: number | undefined) => {
    const script = `${words.map((word) => `'${word}'`).join(" ")} > said.out 2> said.err`;
    const shell =
      columns === undefined
        ? ["sh", "-c", script]
        : ["script", "-qec", `stty rows 20 cols ${columns}; ${script}`, "/dev/null"];
    const ran = world.run(shell, { cwd: dir });
    return { outcome: outcomeOf(ran), said: readFileSync(join(dir, "said.err"), "utf8") };
  };
  const plain = (columns?: number) => run(world.rustcWords(call), columns).said;
  return { plain, build: (columns?: number) => run([kache, ...world.rustcWords(call)], columns) };
}

const FORMATS: readonly (readonly [fact: string, args: readonly string[]])[] = [
  ["as text", []],
  ["as JSON", ["--error-format=json", "--json=diagnostic-rendered-ansi"]],
];
const WIDE = "skipped after 1 compiles: what it says is as wide as the terminal";

describe("at a terminal of any width", () => {
  for (const [fact, args] of FORMATS) {
    testUnless(missing("script"), `messages are the compiler's own, ${fact}`, () => {
      const { plain, build } = unit(WARNS, args);
      expect(plain(60)).not.toBe(plain(100));
      expect(build()).toEqual({ outcome: "misses", said: plain() });
      for (const columns of [60, 100, 100])
        expect(build(columns)).toEqual({ outcome: WIDE, said: plain(columns) });
      expect(build()).toEqual({ outcome: "hits", said: plain() });
    });

    testUnless(
      missing("script"),
      `messages of a width that was asked for are kept, ${fact}`,
      () => {
        const { plain, build } = unit(WARNS, [...args, "--diagnostic-width=70"]);
        const said = plain(60);
        for (const outcome of ["misses", "hits"]) expect(build(100)).toEqual({ outcome, said });
      },
    );

    testUnless(missing("script"), `silence is served, ${fact}`, () => {
      const { build } = unit(`pub fn f() {} // ${fact}\n`, args);
      const [first, second, third] = [build(), build(60), build(100)].map(({ outcome }) => outcome);
      expect([first, second, third]).toEqual(["misses", "hits", "hits"]);
    });
  }
});
