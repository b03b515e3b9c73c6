// Applies edits one after another and builds each state twice, through kache and plainly, in the same
// checkout: exit status, diagnostics and what the programs print must be equal every time.
import { existsSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type Run, type Variables, World } from "../support/rig.ts";
import { hostTriple, kache, sysroot } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";
import { argumentsOf, filesOf, ROOTS, untrackedOf, variablesOf, WORKSPACE } from "./files.ts";
import { type Edit, FIRST, type Knobs, showEdit } from "./knobs.ts";

/** What a build came to, as its user sees it. */
interface Outcome {
  readonly exitCode: number | null;
  readonly diagnostics: readonly string[];
  /** What each program and test printed, and its status. */
  readonly printed: Readonly<Record<string, string>>;
}

/** The first step after which the two builds differed. */
export interface Mismatch {
  readonly step: number;
  readonly knobs: Knobs;
  readonly through: Outcome;
  readonly plain: Outcome;
  readonly faults: readonly string[];
  /** Cargo's own words in the build through kache. */
  readonly stderr: string;
}

/** Counts of events by result. */
export type Results = Record<string, number>;

/** What a run came to. */
export interface MutationResult {
  readonly results: Results;
  readonly mismatch: Mismatch | undefined;
}

/** The state of one checkout's directory: what was last written to it. */
interface Checkout {
  readonly dir: string;
  files: Files;
  /** Per crate directory, what its files and untracked variables were at the last build. */
  readonly built: Map<string, string>;
}

/** Called after every step. */
export type Progress = (step: number, edit: Edit, run: Run) => void;

/** Runs the edits in a world of their own. */
export function runEdits(edits: readonly Edit[], progress?: Progress): MutationResult {
  const world = new World("mutation");
  const checkouts = ["one", "another/much/deeper"].map((name): Checkout => ({
    dir: world.path(name),
    files: {},
    built: new Map(),
  }));
  const results: Results = {};
  let knobs = FIRST;
  try {
    for (const [step, edit] of [START, ...edits].entries()) {
      knobs = { ...knobs, ...edit.set };
      const checkout = checkouts[edit.checkout]!;
      place(checkout, knobs);
      const target = join(checkout.dir, "through");
      if (edit.fresh) rmSync(target, { recursive: true, force: true });
      const through = build(world, checkout, edit, knobs, target);
      const plain = build(world, checkout, edit, knobs, join(checkout.dir, "plain"));
      for (const { result } of through.run.events) results[result] = (results[result] ?? 0) + 1;
      progress?.(step, edit, through.run);
      const faults = faultsOf(through.run);
      if (faults.length > 0 || !Bun.deepEquals(through.outcome, plain.outcome)) {
        const { stderr } = through.run;
        const differing = { through: through.outcome, plain: plain.outcome };
        return { results, mismatch: { step, knobs, ...differing, faults, stderr } };
      }
    }
    return { results, mismatch: undefined };
  } finally {
    world.remove();
  }
}

const START: Edit = { set: {}, verb: "build", checkout: 0, fresh: true };

/** Faults of ours that nobody would see in a build. */
function faultsOf(run: Run): string[] {
  const reasons = run.events.map((event) => event.passthrough_reason ?? event.not_stored ?? "");
  return reasons.filter((reason) =>
    /internal error|could not be stored|would not take/.test(reason),
  );
}

/**
 * Writes what differs from the directory's present state. A crate with any difference gets a fresh time
 * on its root source, since plain cargo does not know everything that a macro reads, nor a module's
 * second spelling: without that it would be the plain build which is stale.
 */
function place(checkout: Checkout, knobs: Knobs): void {
  const files = filesOf(knobs);
  const names = new Set([...Object.keys(files), ...Object.keys(checkout.files)]);
  const changed = [...names].filter((name) => files[name] !== checkout.files[name]);
  writeTree(checkout.dir, Object.fromEntries(changed.map((name) => [name, files[name]])));
  checkout.files = files;
  for (const [dir, root] of ROOTS) {
    const own = Object.entries(files).filter(([name]) => name.startsWith(`${dir}/`));
    const state = JSON.stringify([own, untrackedOf(dir, knobs)]);
    const now = new Date();
    if (checkout.built.get(dir) !== state) utimesSync(join(checkout.dir, dir, root), now, now);
    checkout.built.set(dir, state);
  }
}

function build(world: World, checkout: Checkout, edit: Edit, knobs: Knobs, target: string) {
  const cwd = join(checkout.dir, WORKSPACE);
  const words = ["cargo", ...argumentsOf(knobs, edit.verb), "--offline"];
  const wrapped = target.endsWith("/through");
  const variables: Variables = { ...variablesOf(knobs), CARGO_TARGET_DIR: target };
  const compilers = wrapped
    ? world.cargoVariables({ CC: `${kache} cc` })
    : { RUSTC: world.rustcPath, CC: "cc" };
  const run = world.run(words, { cwd, env: { ...variables, ...compilers } });
  return { run, outcome: outcomeOf(world, run, target) };
}

function outcomeOf(world: World, run: Run, target: string): Outcome {
  const messages = run.stdout.split("\n").flatMap((line): unknown[] => {
    return line.startsWith("{") ? [JSON.parse(line)] : [];
  });
  const diagnostics = messages.flatMap((message) => {
    const rendered = textAt(message, "message", "rendered");
    const kind = textAt(message, "target", "kind", "0") ?? "";
    const name = textAt(message, "target", "name") ?? "";
    return rendered === undefined ? [] : [`${kind} ${name}: ${rendered}`];
  });
  const programs = messages.flatMap((message) => textAt(message, "executable") ?? []);
  const printed = programs
    .filter((path) => !path.includes("build-script"))
    .map((path) => {
      // A macro's own tests need the standard library; tests that run at once end in any order.
      const libraries = join(sysroot, "lib/rustlib", hostTriple, "lib");
      const env = { LD_LIBRARY_PATH: libraries, RUST_TEST_THREADS: "1" };
      const ran = existsSync(path) ? world.run([path], { env }) : undefined;
      const name = path.slice(target.length).replace(/-[0-9a-f]{16}$/, "");
      const said = `${String(ran?.exitCode)} ${String(ran?.signal)}\n${ran?.stdout ?? ""}${ran?.stderr ?? ""}`;
      return [name, withoutChance(said.replaceAll(target, "<target>"))];
    });
  return {
    exitCode: run.exitCode,
    diagnostics: diagnostics.sort(),
    printed: Object.fromEntries(printed) as Record<string, string>,
  };
}

/** Times, thread numbers and addresses are never twice the same. */
function withoutChance(text: string): string {
  return text
    .replace(/finished in [\d.]+s/g, "finished")
    .replace(/thread '(\w+)' \(\d+\)/g, "thread '$1'");
}

/** A text inside a decoded message. */
function textAt(message: unknown, ...path: readonly string[]): string | undefined {
  let at: unknown = message;
  for (const name of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Reflect.get(at, name);
  }
  return typeof at === "string" ? at : undefined;
}

/** A mismatch in words: where, what was seen on both sides, and the state that shows it. */
export function describeMismatch(edits: readonly Edit[], mismatch: Mismatch): string {
  const differing = (["exitCode", "diagnostics", "printed"] as const).filter(
    (part) => !Bun.deepEquals(mismatch.through[part], mismatch.plain[part]),
  );
  return [
    `after step ${mismatch.step} of:`,
    ...edits.map((edit, index) => `  ${index + 1}. ${showEdit(edit)}`),
    ...mismatch.faults.map((fault) => `fault: ${fault}`),
    ...differing.flatMap((part) => [
      `${part} through kache: ${JSON.stringify(mismatch.through[part], null, 1)}`,
      `${part} of plain cargo: ${JSON.stringify(mismatch.plain[part], null, 1)}`,
    ]),
    mismatch.stderr,
  ].join("\n");
}
