// `npm run traps`: one change between two builds that a cache may overlook, a fresh store and a fresh
// target each time, compared with plain cargo; for kache and every rival that is installed. Writes its
// tables into docs/proof.md and the README. Exit status 1 when kache's answer is wrong, 2 for wrong usage.
import { runProgram } from "./command-line.ts";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { replaceSection } from "../scripts/prove/document.ts";
import { rustupToolchain } from "../scripts/start/checkout.ts";
import { ensureKache } from "../scripts/start/executable.ts";
import { openRunDirectory } from "../scripts/start/scratch.ts";
import { wrappedBaseline } from "./environment.ts";
import { BenchFailure } from "./failure.ts";
import { benchDirectory, findRival, RIVAL_NAMES } from "./rivals.ts";
import { ccacheTool, kacheTool, plainCargo, rivalTool, type Tool } from "./tools.ts";
import { TRAPS } from "./traps/list.ts";
import { renderShort, renderTraps, type Row } from "./traps/table.ts";
import { described, isTrap, judge, spring, type Trap, type Verdict } from "./traps/trap.ts";

const ROOT = dirname(import.meta.dir);

const USAGE = `Usage: npm run traps [-- OPTION...]

  --only TEXT    traps whose name contains TEXT; nothing is written into pages then
  --kache PATH   executable under test (dist/kache)
  --no-rivals    kache alone; nothing is written into pages then
  --unobserved   kache alone and without its observer; nothing is written into pages then
`;

interface Options {
  readonly only: string | undefined;
  readonly kache: string | undefined;
  readonly rivals: boolean;
  readonly observed: boolean;
}

function parseOptions(given: readonly string[]): Options | "help" {
  const options = { only: undefined as string | undefined, kache: undefined as string | undefined };
  let rivals = true;
  let observed = true;
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? "";
    if (word === "--help" || word === "-h") return "help";
    if (word === "--no-rivals" || word === "--unobserved") {
      rivals = false;
      observed &&= word !== "--unobserved";
      continue;
    }
    const value = given[(at += 1)];
    if ((word !== "--only" && word !== "--kache") || value === undefined || value === "") {
      throw new BenchFailure(`cannot use \`${word}\`\n\n${USAGE}`, 2);
    }
    if (word === "--only") options.only = value;
    else options.kache = value;
  }
  return { ...options, rivals, observed };
}

function tell(line: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`);
}

/** Kache first, then the rivals that are there; each with a cache directory of its own. */
async function openTools(options: Options, directory: string): Promise<Tool[]> {
  const place = async (name: string) => {
    const path = join(directory, "tools", name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const kache = options.kache === undefined ? await ensureKache() : resolve(options.kache);
  const tool = kacheTool(kache, await place("kache"));
  const unobserved = { ...tool.environment, KACHE_OBSERVE: "0" };
  const tools = [options.observed ? tool : { ...tool, environment: unobserved }];
  for (const name of options.rivals ? RIVAL_NAMES : []) {
    const found = await findRival(name);
    if (typeof found === "string") tools.push(rivalTool(name, found, await place(name)));
    else tell(`${name} left out: ${found.missing}`);
  }
  const ccache = options.rivals ? Bun.which("ccache") : null;
  if (ccache !== null) tools.push(ccacheTool(ccache, await place("ccache")));
  else if (options.rivals) tell("ccache left out: not installed");
  return tools;
}

/** Ccache is for C alone, and not every tool is for C at all. */
function does(tool: Tool, trap: Trap): boolean {
  return trap.compile === undefined ? tool.name !== "ccache" : tool.wrapper !== undefined;
}

async function row(
  topic: string,
  trap: Trap,
  tools: readonly Tool[],
  directory: string,
): Promise<Row> {
  const unavailable = trap.unavailable?.();
  if (unavailable !== undefined) return { topic, name: trap.name, verdicts: [], unavailable };
  const plain = await spring(trap, plainCargo(), join(directory, "work"));
  if (!isTrap(plain)) {
    const [before, after] = plain.map(described);
    throw new BenchFailure(`no trap: ${trap.name}: ${before ?? ""}, then ${after ?? ""}`);
  }
  const verdicts: Verdict[] = [];
  for (const tool of tools) {
    const verdict: Verdict = does(tool, trap)
      ? judge(plain, await spring(trap, tool, join(directory, "work")))
      : { kind: "not-its-own" };
    const detail = "detail" in verdict ? `: ${verdict.detail}` : "";
    tell(`${trap.name}: ${tool.name} ${verdict.kind}${detail}`);
    verdicts.push(verdict);
  }
  return { topic, name: trap.name, verdicts, unavailable };
}

async function springAll(options: Options): Promise<number> {
  const directory = await openRunDirectory(join(benchDirectory(), "traps"));
  try {
    const wrapped = wrappedBaseline(directory);
    if (wrapped.length > 0) throw new BenchFailure(`plain cargo is not plain: ${wrapped.join()}`);
    // A project's toolchain file must not choose, and nothing is to be installed.
    process.env["RUSTUP_AUTO_INSTALL"] = "0";
    process.env["RUSTUP_TOOLCHAIN"] ??= rustupToolchain(ROOT);
    const tools = await openTools(options, directory);
    const rows: Row[] = [];
    for (const { topic, traps } of TRAPS) {
      for (const trap of traps.filter(({ name }) => name.includes(options.only ?? ""))) {
        rows.push(await row(topic, trap, tools, directory));
      }
    }
    process.stdout.write(`${renderTraps(tools, rows)}\n`);
    if (options.only === undefined && options.rivals) {
      await replaceSection(join(ROOT, "docs", "proof.md"), "traps", renderTraps(tools, rows));
      await replaceSection(join(ROOT, "README.md"), "traps", renderShort(tools, rows));
    }
    return rows.some(({ verdicts }) => (verdicts[0]?.kind ?? "right") !== "right") ? 1 : 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

process.exitCode = await runProgram(
  { usage: USAGE, parse: parseOptions, run: springAll },
  process.argv.slice(2),
);
