// One trap: a small project, one change, and what must come out differently after it. The same steps run
// under plain cargo and under a cache; where the two disagree, the cache's answer is wrong.
import { chmod, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeTarget, type Tool } from "../tools.ts";

/** Relative path → text, or undefined for a file to remove. */
export type Files = Readonly<Record<string, string | undefined>>;

/** Where a trap is set up. */
export interface Place {
  /** The checkout that is built. */
  readonly checkout: string;
  /** A directory beside the checkouts, the same for both builds. */
  readonly beside: string;
}

/** What stands there for one of the two builds. */
export interface Situation {
  readonly files?: Files;
  readonly environment?: (place: Place) => Readonly<Record<string, string>>;
  /** Anything that is not a text file; runs after the files are written. */
  readonly make?: (place: Place) => Promise<void>;
}

/** A trap, told as a fact about what changes. */
export interface Trap {
  readonly name: string;
  /** The first build's situation, and what is different for the second. */
  readonly before: Situation;
  readonly after: Situation;
  /** The second build is another checkout's, at a longer path. */
  readonly elsewhere?: boolean;
  /** A compile by gcc in place of cargo's build: its arguments. It makes `trap.o`. */
  readonly compile?: readonly string[];
  /** Cargo's words; `build` when absent. */
  readonly cargo?: readonly string[];
  /** How the outcome is taken from a successful build; the program's words when absent. */
  readonly observe?: (place: Place, messages: string) => Promise<string>;
  /** Why the trap cannot be set here; undefined: it can. */
  readonly unavailable?: () => string | undefined;
}

/** What one build came to: the observation, or that cargo failed. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly seen: string;
  /** The end of cargo's messages. */
  readonly messages: string;
}

/** Both builds of a trap under one tool, with an empty store before the first. */
export async function spring(
  trap: Trap,
  tool: Tool,
  directory: string,
): Promise<readonly [Outcome, Outcome]> {
  await rm(directory, { recursive: true, force: true });
  const beside = join(directory, "beside");
  const first = { checkout: join(directory, "one", "trap"), beside };
  const second = { checkout: join(directory, "another", "deeper", "trap"), beside };
  await mkdir(beside, { recursive: true });
  await tool.begin();
  try {
    await arrange(first, trap.before);
    const before = await outcomeOf(trap, tool, first, [trap.before]);
    await removeTarget(join(first.checkout, "target"));
    for (const made of ["trap.o", "trap"]) await rm(join(first.checkout, made), { force: true });
    if (trap.elsewhere === true) await cp(first.checkout, second.checkout, { recursive: true });
    const place = trap.elsewhere === true ? second : first;
    await arrange(place, trap.after);
    return [before, await outcomeOf(trap, tool, place, [trap.before, trap.after])];
  } finally {
    await tool.end();
    await rm(directory, { recursive: true, force: true });
  }
}

async function arrange(place: Place, situation: Situation): Promise<void> {
  for (const [name, text] of Object.entries(situation.files ?? {})) {
    const path = join(name.startsWith("beside/") ? dirname(place.beside) : place.checkout, name);
    if (text === undefined) await rm(path, { force: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      if (text.startsWith("#!")) await chmod(path, 0o755);
    }
  }
  await situation.make?.(place);
}

/** Ccache and sccache look at whole seconds, or at two of them. */
const AGED_MS = 2_100;

// Enough for one error of rustc's.
const MESSAGE_LINES = 20;

async function outcomeOf(
  trap: Trap,
  tool: Tool,
  place: Place,
  situations: readonly Situation[],
): Promise<Outcome> {
  const environment = situations.map((each) => each.environment?.(place) ?? {});
  const { compile } = trap;
  const front = tool.wrapper === undefined ? [] : [tool.wrapper];
  const argv =
    compile === undefined
      ? [tool.cargo, ...(trap.cargo ?? ["build"]), "--offline"]
      : [...front, "gcc", ...compile];
  // Files as young as a compile are not trusted by every tool, and a trap that is seen through for that
  // reason is none.
  if (compile !== undefined) await Bun.sleep(AGED_MS);
  const run = Bun.spawnSync(argv, {
    cwd: place.checkout,
    env: Object.assign({}, tool.environment, ...environment) as Record<string, string>,
    stdin: "ignore",
  });
  const messages = run.stderr.toString().trim().split("\n").slice(-MESSAGE_LINES).join("\n");
  if (run.exitCode !== 0) return { succeeded: false, seen: "", messages };
  const observe = trap.observe ?? (compile === undefined ? programWords : linkedWords);
  return { succeeded: true, seen: await observe(place, messages), messages };
}

function linkedWords({ checkout }: Place): Promise<string> {
  Bun.spawnSync(["gcc", "trap.o", "-o", "trap"], { cwd: checkout });
  const run = Bun.spawnSync([join(checkout, "trap")], { cwd: checkout });
  return Promise.resolve(run.stdout.toString());
}

function programWords({ checkout }: Place): Promise<string> {
  const run = Bun.spawnSync([join(checkout, "target", "debug", "trap")], { cwd: checkout });
  return Promise.resolve(run.stdout.toString());
}

/** How a tool did in one trap. */
export type Verdict =
  | { readonly kind: "right" }
  /** The tool does not do such compiles. */
  | { readonly kind: "not-its-own" }
  /** The answer of before the change, or another that plain cargo does not give. */
  | { readonly kind: "wrong"; readonly detail: string }
  /** It could not be tried: the first build already differs from plain cargo's. */
  | { readonly kind: "broken"; readonly detail: string };

/** Compares a tool's outcomes with plain cargo's. */
export function judge(
  plain: readonly [Outcome, Outcome],
  tool: readonly [Outcome, Outcome],
): Verdict {
  if (!same(plain[0], tool[0])) return { kind: "broken", detail: described(tool[0]) };
  if (same(plain[1], tool[1])) return { kind: "right" };
  return { kind: "wrong", detail: `${described(tool[1])}; plain cargo: ${described(plain[1])}` };
}

/** Whether the change shows at all: without that, nothing can be learned. */
export function isTrap(plain: readonly [Outcome, Outcome]): boolean {
  return plain[0].succeeded && !same(plain[0], plain[1]);
}

function same(left: Outcome, right: Outcome): boolean {
  return left.succeeded === right.succeeded && left.seen === right.seen;
}

/** In a few words. */
export function described(outcome: Outcome): string {
  if (outcome.succeeded) return JSON.stringify(outcome.seen.trim());
  return `fails: ${/^error.*/m.exec(outcome.messages)?.[0] ?? outcome.messages}`;
}
