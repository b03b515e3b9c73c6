// The rig of the C suites: every case is a list of steps, run first by the compiler alone and then
// through the executable under test, in the same directory made anew, so that nothing about paths can
// excuse a difference. After each step every file, both streams and the status must be equal, and what
// the executable recorded must be what the case expects.
import { expect } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { readlinkSync, rmSync, type Stats, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { BOTH } from "./cc-words.ts";
import { type LoggedEvent, testUnless, type Variables, type World } from "./rig.ts";
import { kache, missing } from "./toolchain.ts";
import { digestFile, type Files, writeTree } from "./tree.ts";

/** How a step must be recorded: a word, or a pattern for those that come with a reason. */
export type Outcome =
  "hits" | "misses" | "fails" | `not stored: ${string}` | `passes: ${string}` | RegExp;

/** Arguments as they are, or made of the case's directory. */
export type Arguments = readonly string[] | ((dir: string) => readonly string[]);

/** One command of a case, and what happens before it. */
export interface Step {
  /** The compiler's arguments, given the case's directory; without any, those of the step before. */
  readonly args?: Arguments;
  /** The compiler's words instead of the case's. */
  readonly compiler?: readonly string[];
  /** Files written or, with undefined, removed before. */
  readonly edit?: Files;
  /** Whatever else happens before. */
  readonly disturb?: (dir: string) => void;
  /** Whether what earlier steps made is removed before. */
  readonly fresh?: boolean;
  /** Whether the compiler alone would do as in the step before, so that it need not be run again. */
  readonly again?: boolean;
  readonly env?: Variables;
  /** Working directory, relative to the case's. */
  readonly cwd?: string;
  readonly stdin?: string;
  /** Puts the command of either side into another, such as a shell's. */
  readonly around?: (words: readonly string[], dir: string) => readonly string[];
  /** Another way to call the executable under test than in front of the compiler's words. */
  readonly wrapped?: (words: readonly string[], dir: string) => readonly string[];
  /** The executable's variables on top of `env`. */
  readonly wrappedEnv?: Variables;
  readonly outcome: Outcome;
  /** How it must be recorded without the observer, where that differs. */
  readonly unobserved?: Outcome | undefined;
  /** What else must be true after the step, on either side. */
  readonly check?: (dir: string) => void;
}

/** One case. */
export interface Case {
  /** Row and fact. */
  readonly fact: string;
  /** Compilers to run it with, each in a test of its own. */
  readonly compilers?: readonly string[];
  readonly files?: Files;
  readonly steps: readonly Step[];
  /** Whether paths stay as they are, where bytes depend on the executable's path maps. */
  readonly literal?: boolean;
  /** Whether the compiler alone is given the map that the executable adds: the working directory is `.`. */
  readonly mapped?: boolean;
  /** Variables of every step. */
  readonly env?: Variables;
  /** Why it cannot be run here. */
  readonly skip?: string | undefined;
}

/** What one command left. */
interface Left {
  readonly exitCode: number | null;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Every file by its path below the case: kind, mode, size, digest. */
  readonly files: Readonly<Record<string, string>>;
}

/** Sources that exist unless a case says otherwise. */
const DEFAULT_FILES: Files = {
  "x.c": '#include "x.h"\nint x(void) { return X; }\n',
  "x.h": "#define X 1\n",
};

function kindOf(stat: Stats): string {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isCharacterDevice()) return "device";
  return "special";
}

function describePath(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) {
    const target =
      existsSync(path) && statSync(path).isFile()
        ? describePath(join(dirname(path), readlinkSync(path)))
        : "";
    return `link to ${readlinkSync(path)} ${target}`;
  }
  const mode = (stat.mode & 0o7777).toString(8);
  const content = stat.isFile() ? ` ${stat.size} bytes ${digestFile(path)}` : "";
  return `${kindOf(stat)} ${mode}${content}`;
}

function describeTree(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (at: string) => {
    for (const name of readdirSync(join(dir, at)).sort()) {
      const path = join(at, name);
      found[path] = describePath(join(dir, path));
      if (statSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory() === true) visit(path);
    }
  };
  visit("");
  return found;
}

/** What the event log says of one command. */
export function recorded(events: readonly LoggedEvent[]): string {
  return events.length === 0 ? "no event" : events.map(recordedOne).join(", ");
}

function recordedOne(event: LoggedEvent): string {
  switch (event.result) {
    case "local_hit":
      return "hits";
    case "miss":
    case "dup":
    case "skipped":
      return event.not_stored === undefined ? "misses" : `not stored: ${event.not_stored}`;
    case "error":
      return "fails";
    default:
      return `passes: ${event.passthrough_reason ?? event.result}`;
  }
}

function isOutcome(text: string, outcome: Outcome): boolean {
  return typeof outcome === "string" ? text === outcome : outcome.test(text);
}

/** A case in one directory with one compiler, on one of the two sides. */
class Side {
  readonly world: World;
  readonly dir: string;
  readonly one: Case;
  readonly compiler: string;
  /** The executable's variables; undefined on the plain side. */
  readonly wrapperEnv: Variables | undefined;
  readonly #own = new Set<string>();
  #args: Arguments = [];

  constructor(
    world: World,
    dir: string,
    one: Case,
    compiler: string,
    wrapperEnv: Variables | undefined,
  ) {
    this.world = world;
    this.dir = dir;
    this.one = one;
    this.compiler = compiler;
    this.wrapperEnv = wrapperEnv;
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    this.#write({ ...DEFAULT_FILES, ...one.files });
  }

  #write(files: Files): void {
    writeTree(this.dir, files);
    for (const [name, content] of Object.entries(files)) {
      if (content === undefined) this.#own.delete(name);
      for (
        let at = normalize(name).replace(/\/$/, "");
        content !== undefined && at !== ".";
        at = dirname(at)
      )
        this.#own.add(at);
    }
  }

  /** Removes what the case did not write itself. */
  #clear(): void {
    for (const path of Object.keys(describeTree(this.dir))) {
      const full = join(this.dir, path);
      if (!this.#own.has(path)) rmSync(full, { recursive: true, force: true });
    }
  }

  #words(step: Step): readonly string[] {
    const args = typeof this.#args === "function" ? this.#args(this.dir) : this.#args;
    const map = `-ffile-prefix-map=${join(this.dir, step.cwd ?? ".")}=.`;
    const mapped = this.one.mapped === true && this.wrapperEnv === undefined ? [map] : [];
    const words = [...(step.compiler ?? [this.compiler]), ...mapped, ...args];
    const called =
      this.wrapperEnv === undefined
        ? words
        : (step.wrapped?.(words, this.dir) ?? [kache, ...words]);
    return step.around?.(called, this.dir) ?? called;
  }

  /** What happens before a step's command. */
  prepare(step: Step): void {
    if (step.fresh === true) this.#clear();
    if (step.edit !== undefined) this.#write(step.edit);
    step.disturb?.(this.dir);
    this.#args = step.args ?? this.#args;
  }

  /** One step's command; gives what it left and what was recorded. */
  run(step: Step): { left: Left; events: readonly LoggedEvent[] } {
    const run = this.world.run(this.#words(step), {
      cwd: join(this.dir, step.cwd ?? "."),
      env: {
        ...this.one.env,
        ...step.env,
        ...this.wrapperEnv,
        ...(this.wrapperEnv && step.wrappedEnv),
      },
      ...(step.stdin === undefined ? {} : { stdin: step.stdin }),
    });
    const { exitCode, signal, stdout, stderr, events } = run;
    step.check?.(this.dir);
    return { left: { exitCode, signal, stdout, stderr, files: describeTree(this.dir) }, events };
  }
}

let cases = 0;

/** Runs one case with one compiler on both sides. */
function runCase(world: World, one: Case, compiler: string, modes: readonly Variables[]): void {
  cases += 1;
  const dir = world.path("twins", `case${cases}`, "twin");
  const plain = new Side(world, dir, one, compiler, undefined);
  const expected: Left[] = [];
  for (const step of one.steps) {
    plain.prepare(step);
    const last = expected.at(-1);
    expected.push(step.again === true && last !== undefined ? last : plain.run(step).left);
  }
  for (const [number, mode] of modes.entries()) {
    const literal = one.literal === true ? { KACHE_CC_PATH_NORMALIZE: "0" } : {};
    const env = { KACHE_KEY_SALT: `${cases}-${number}`, ...literal, ...mode };
    const side = new Side(world, dir, one, compiler, env);
    for (const [index, step] of one.steps.entries()) {
      side.prepare(step);
      const { left, events } = side.run(step);
      const place = `step ${index + 1} ${JSON.stringify(mode)}`;
      expect({ place, ...left }).toEqual({ place, ...expected[index] } as typeof left & {
        place: string;
      });
      const text = recorded(events);
      const isWatched = mode["KACHE_OBSERVE"] !== "0";
      const outcome = isWatched ? step.outcome : (step.unobserved ?? step.outcome);
      if (!isOutcome(text, outcome))
        expect(`${place}: ${text}`).toBe(`${place}: ${String(outcome)}`);
    }
  }
  rmSync(dir, { recursive: true, force: true });
}

/** With the observer where it can be used. */
export const OBSERVED: readonly Variables[] = [{}];

/** With the observer, and again without it. */
export const BOTH_WAYS: readonly Variables[] = [{}, { KACHE_OBSERVE: "0" }];

/** Declares one test for each case and compiler. */
export function testCases(world: World, rows: readonly Case[], modes = OBSERVED): void {
  for (const row of rows) {
    const compilers = row.skip === undefined ? (row.compilers ?? BOTH) : ["any compiler"];
    for (const compiler of compilers) {
      testUnless(row.skip ?? missing(compiler), `${row.fact} (${compiler})`, () => {
        runCase(world, row, compiler, modes);
      });
    }
  }
}

/** Steps of a compile that is stored, then served into an empty place, then over its own outputs. */
export function served(args: Arguments, step: Partial<Step> = {}): Step[] {
  return [
    { args, outcome: "misses", ...step },
    { args, ...step, fresh: true, outcome: "hits" },
    { args, ...step, again: true, outcome: "hits" },
  ];
}

/** Steps of a call that is never answered from the cache. */
export function unserved(args: Arguments, outcome: Outcome, step: Partial<Step> = {}): Step[] {
  return [
    { args, ...step, outcome },
    { args, ...step, fresh: true, outcome },
  ];
}

/** Steps of a compile that may be served, by compilers that may not know it. */
export function perhapsServed(args: Arguments, step: Partial<Step> = {}): Step[] {
  return [
    { args, ...step, outcome: /^(misses|fails|passes: .*|not stored: .*)$/ },
    { ...step, fresh: true, outcome: /^(hits|fails|passes: .*|not stored: .*)$/ },
  ];
}
