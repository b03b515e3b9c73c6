// A project that is edited between makes, to and fro: after each round every object and rule is what make alone leaves,
// make calls those compilers that it calls alone, and of these only what was never compiled is. Another checkout with
// the same edits is served as a whole.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../mutation/knobs.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-edits");

const ROUNDS = 7;
const SEED = 5;
/** Few, so that texts come back. */
const TEXTS = 3;

/** What each source includes. The second header includes the first, the last one only some sources do. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  s0: ["h0"],
  s1: ["h1"],
  s2: ["h2"],
  s3: ["h0", "h2"],
  s4: ["h1", "h3"],
  s5: ["h3"],
  s6: ["h2", "h3"],
  s7: [],
};
const HEADERS: Readonly<Record<string, readonly string[]>> = { h0: [], h1: ["h0"], h2: [], h3: [] };

const pathOf = (name: string) => (name in SOURCES ? `src/${name}.c` : `inc/${name}.h`);

function textOf(name: string, version: number): string {
  const includes = (SOURCES[name] ?? HEADERS[name] ?? []).map((one) => `#include "${one}.h"\n`);
  if (name in HEADERS) return `#pragma once\n${includes.join("")}#define ${name} ${version}\n`;
  const sum = (SOURCES[name] ?? []).map((one) => ` + ${one}`).join("");
  return `${includes.join("")}int ${name}(void) { return ${version}${sum}; }\n`;
}

/** A file and all that it includes. */
function reached(name: string): string[] {
  return [name, ...(SOURCES[name] ?? HEADERS[name] ?? []).flatMap(reached)];
}

const MAKEFILE = `OBJECTS = ${Object.keys(SOURCES)
  .map((name) => `${name}.o`)
  .join(" ")}
all: $(OBJECTS)
%.o: src/%.c
	@$(CC) -O1 -Wall -Iinc -MMD -c $< -o $@
-include $(OBJECTS:.o=.d)
`;

/** What happens before a make: files that are written, perhaps with the text they have, and objects that go. */
interface Edits {
  readonly files: Files;
  readonly written: ReadonlySet<string>;
  readonly removed: readonly string[];
}

/** The versions of all files, and what a round changes. */
class Project {
  readonly versions = new Map(
    [...Object.keys(SOURCES), ...Object.keys(HEADERS)].map((name) => [name, 1]),
  );
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  files(): Files {
    return { Makefile: MAKEFILE, ...this.#texts(this.versions.keys()) };
  }

  edit(): Edits {
    const written = new Set<string>();
    const removed: string[] = [];
    for (let edits = 1 + this.#below(3); edits > 0; edits -= 1) {
      const name = this.#one([...this.versions.keys()]);
      if (this.#below(5) === 0) removed.push(this.#one(Object.keys(SOURCES)));
      else {
        this.versions.set(name, 1 + this.#below(TEXTS));
        written.add(name);
      }
    }
    return { files: this.#texts(written), written, removed };
  }

  /** What a source is compiled from. */
  state(source: string): string {
    return reached(source)
      .map((name) => `${name}=${this.versions.get(name)}`)
      .join(" ");
  }

  #texts(names: Iterable<string>): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const name of names) texts[pathOf(name)] = textOf(name, this.versions.get(name) ?? 0);
    return texts;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one(names: readonly string[]): string {
    return names[this.#below(names.length)] ?? "";
  }
}

function made(dir: string): Record<string, string> {
  const names = filesBelow(dir).filter((name) => /\.[od]$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), "latin1")]));
}

function apply(dir: string, { files, removed }: Edits): void {
  writeTree(dir, files);
  for (const name of removed) rmSync(join(dir, `${name}.o`), { force: true });
}

/** Makes a tree, and tells what was recorded of it. */
function make(dir: string, compiler: string): string[] {
  const run = world.run(["make", "-j8", `CC=${compiler}`], { cwd: dir });
  expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  return run.events.map(({ crate_name, result }) => `${crate_name} ${result}`).sort();
}

describe("edits between makes", () => {
  for (const compiler of ["gcc", "clang"]) {
    testUnless(
      missing("make") ?? missing(compiler),
      `${ROUNDS} rounds of make -j8 (${compiler})`,
      () => {
        const project = new Project(SEED);
        const tree = (name: string) => world.project(`${compiler}/${name}`, project.files());
        const plain = tree("plain");
        const ours = tree("ours");
        const other = tree("far/away/other");
        const known = new Set<string>();
        let edits: Edits = { files: {}, written: new Set(project.versions.keys()), removed: [] };
        for (let round = 0; round <= ROUNDS; round += 1) {
          const called = Object.keys(SOURCES).filter(
            (source) =>
              edits.removed.includes(source) ||
              reached(source).some((name) => edits.written.has(name)),
          );
          const expected = called.map((source) => {
            const isKnown = known.has(project.state(source));
            known.add(project.state(source));
            return `${source}.c ${isKnown ? "local_hit" : "miss"}`;
          });
          make(plain, compiler);
          expect([round, ...make(ours, `${kache} ${compiler}`)]).toEqual([round, ...expected]);
          expect(made(ours)).toEqual(made(plain));
          const served = called.map((source) => `${source}.c local_hit`);
          expect([round, ...make(other, `${kache} ${compiler}`)]).toEqual([round, ...served]);
          expect(made(other)).toEqual(made(plain));
          // make goes by times.
          Bun.sleepSync(20);
          edits = project.edit();
          for (const dir of [plain, ours, other]) apply(dir, edits);
        }
      },
    );
  }
});
