// `npm run prove:sys`: builds crates with C and C++ in them through kache, cold, then in a second checkout
// at another path and depth, and counts there what compiled, by process; then there once more with every
// hit compiled beside. Writes its table into docs/sys-crates.md. Exit status 1 when something compiled
// that should have been restored, or is not what the compiler makes.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { baseEnvironment } from "../bench/environment.ts";
import { BenchFailure } from "../bench/failure.ts";
import { buildInstruments, type Command, type Instruments } from "../bench/measure.ts";
import { recordExecs, runChecked } from "../bench/measure.ts";
import { parseRecord, textOf } from "../src/base/json.ts";
import { markdownTable, replaceSection } from "./prove/document.ts";
import { differingArtifacts, isLinkedArtifact, readArtifacts } from "./prove/artifacts.ts";
import { C_PROJECTS, type CProject } from "./prove-sys/c-projects.ts";
import { type Compiles, sortCompiles } from "./prove-sys/compiles.ts";
import { proveProjects } from "./prove-sys/prove-projects.ts";
import { projectFiles, SYS_CRATES, type SysCrate } from "./prove-sys/crates.ts";
import { ensureKache } from "./start/executable.ts";
import { StartFailure } from "./start/failure.ts";
import { requireToolchain } from "./start/requirements.ts";
import { openRunDirectory, userCacheDirectory } from "./start/scratch.ts";

const ROOT = dirname(import.meta.dir);

/** Ways to put kache in front of the C compiler. */
const WAYS = ["CC", "shims"] as const;
type Way = (typeof WAYS)[number];

interface Bench {
  readonly kache: string;
  readonly instruments: Instruments;
  readonly run: string;
}

/** What was found out about one crate built one way. */
interface Proof {
  readonly cold: Compiles;
  readonly warm: Compiles;
  readonly artifacts: number;
  /** Those that are not alike in the two checkouts. */
  readonly differing: readonly string[];
  /** Hits of the second checkout by what a compile beside them gave (KACHE_VERIFY). */
  readonly verified: ReadonlyMap<string, readonly string[]>;
}

interface Row {
  readonly crate: SysCrate;
  readonly way: Way;
  /** A text: not built, and why. */
  readonly result: Proof | string;
}

function tell(line: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`);
}

/** The variables of a build whose C compiler and rustc run through kache. */
async function environmentOf(bench: Bench, way: Way, cache: string) {
  const base: Record<string, string> = {
    ...baseEnvironment(),
    CARGO_BUILD_JOBS: "2",
    RUSTC_WRAPPER: bench.kache,
    KACHE_CACHE_DIR: cache,
    KACHE_CONFIG: `${cache}-no-config.toml`,
  };
  if (way === "CC") return { ...base, CC: `${bench.kache} cc`, CXX: `${bench.kache} c++` };
  const dir = join(bench.run, "shims");
  const argv = [bench.kache, "shims", "--dir", dir];
  await runChecked({ argv, cwd: bench.run, environment: base });
  return { ...base, PATH: `${dir}:${base["PATH"] ?? ""}` };
}

async function prove(bench: Bench, crate: SysCrate, way: Way): Promise<Row["result"]> {
  const missing = crate.needs.filter((program) => Bun.which(program) === null);
  if (missing.length > 0) return `not built: ${missing.join(", ")} not installed`;
  const work = join(bench.run, "work");
  await rm(work, { recursive: true, force: true });
  const first = join(work, "a", "project");
  const second = join(work, "b", "at", "another", "depth", "project");
  for (const [name, text] of Object.entries(projectFiles(crate))) {
    await mkdir(dirname(join(first, name)), { recursive: true });
    await writeFile(join(first, name), text);
  }
  const cache = join(work, "cache");
  const environment = { ...(await environmentOf(bench, way, cache)), ...crate.environment };
  await runChecked({ argv: ["cargo", "fetch", "--quiet"], cwd: first, environment });
  await cp(first, second, { recursive: true });
  const build = async (cwd: string) => {
    const argv = ["nice", "-n", "5", "cargo", "build", "--offline", "--locked"];
    const execs = await recordExecs(bench.instruments, { argv, cwd, environment });
    await runChecked({ argv: [join(cwd, "target/debug/uses-it")], cwd, environment });
    return sortCompiles(execs ?? []);
  };
  try {
    const [cold, warm] = [await build(first), await build(second)];
    const [one, other] = await Promise.all(
      [first, second].map((at) => readArtifacts(`${at}/target`, isLinkedArtifact)),
    );
    const again = { cwd: second, environment: { ...environment, KACHE_VERIFY: crate.verify } };
    const verified = await verify(again, cache);
    return {
      cold,
      warm,
      artifacts: other!.size,
      differing: differingArtifacts(one!, other!),
      verified,
    };
  } catch (error) {
    if (!(error instanceof BenchFailure)) throw error;
    tell(error.message);
    return `failed: ${error.message.split("\n")[0]!.slice(0, CAUSE_LENGTH_MAX)}`;
  } finally {
    if (process.env["KEEP_WORK"] === undefined) await rm(work, { recursive: true, force: true });
  }
}

const CAUSE_LENGTH_MAX = 120;

/** Builds once more with hits compiled beside, and sorts the units by what came out. */
async function verify({ cwd, environment }: Omit<Command, "argv">, cache: string) {
  const log = join(cache, "events.jsonl");
  const before = (await readFile(log, "utf8")).length;
  await rm(join(cwd, "target"), { recursive: true });
  const argv = ["nice", "-n", "5", "cargo", "build", "--offline", "--locked"];
  await runChecked({ argv, cwd, environment });
  const verified = new Map<string, string[]>();
  for (const line of (await readFile(log, "utf8")).slice(before).trim().split("\n")) {
    const event = parseRecord(line);
    const found = event === undefined ? undefined : textOf(event["verified"]);
    if (event === undefined || found === undefined) continue;
    const unit = `${textOf(event["crate_name"]) ?? ""} (${textOf(event["verify_detail"]) ?? ""})`;
    verified.set(found, [...(verified.get(found) ?? []), unit]);
  }
  return verified;
}

/** Whatever compiled again, differs between the checkouts, or is not what the compiler makes. */
function faultsOf({ crate, result }: Row): readonly string[] {
  if (typeof result === "string") return [result];
  const { warm, verified } = result;
  const again = [...warm.objects, ...warm.preprocessed, ...warm.crates];
  const isExcused = (name: string) => crate.again?.names.test(name) ?? false;
  return [
    ...again.filter((one) => !isExcused(one)).map((one) => `compiled again: ${one}`),
    ...result.differing.filter((one) => !isExcused(one)).map((one) => `differs: ${one}`),
    ...["content", "path-debug"].flatMap((kind) =>
      (verified.get(kind) ?? []).map((one) => `verified as ${kind}: ${one}`),
    ),
  ];
}

const HEAD = [
  "crate",
  "what",
  "by",
  "objects, cold",
  "crates, cold",
  "compiled in the second",
  "tried, cold",
  "tried, second",
  "artifacts alike",
  "verified alike",
];

function lineOf({ crate, way, result }: Row): readonly string[] {
  const name = [`${crate.name} ${crate.version}`, crate.note, way];
  if (typeof result === "string") return [...name, result, "", "", "", "", "", ""];
  const { cold, warm, artifacts, verified } = result;
  const again = [...warm.objects, ...warm.preprocessed, ...warm.crates];
  const cause = crate.again?.cause ?? again.map((one) => basename(one)).join(", ");
  const total = [...verified.values()].flat().length;
  const unverified = verified.get("unverified")?.length ?? 0;
  const alike = verified.get("same")?.length ?? 0;
  return [
    ...name,
    `${cold.objects.length}`,
    `${cold.crates.length}`,
    again.length === 0 ? "0" : `${again.length}: ${cause}`,
    `${cold.tried.length}`,
    `${warm.tried.length}`,
    `${artifacts - result.differing.length} of ${artifacts}`,
    `${alike} of ${total - unverified}`,
  ];
}

/** The page's table with the lines of these rows in place of the crates' former ones. */
async function updateTable(rows: readonly Row[]): Promise<void> {
  const page = join(ROOT, "docs", "sys-crates.md");
  const known = new Map<string, string>();
  for (const line of (await readFile(page, "utf8")).split("\n")) {
    const key = keyOf(line.split("|").map((cell) => cell.trim()));
    if (
      SYS_CRATES.some((crate) => WAYS.some((way) => key === keyOf(["", ...cellsOf(crate, way)])))
    ) {
      known.set(key, line);
    }
  }
  for (const row of rows) known.set(keyOf(["", ...lineOf(row)]), `| ${lineOf(row).join(" | ")} |`);
  const lines = SYS_CRATES.flatMap((crate) =>
    WAYS.flatMap((way) => known.get(keyOf(["", ...cellsOf(crate, way)])) ?? []),
  );
  const table = [markdownTable([HEAD]), ...lines].join("\n");
  await replaceSection(page, "prove-sys", table);
}

function cellsOf(crate: SysCrate, way: Way): string[] {
  return [`${crate.name} ${crate.version}`, crate.note, way];
}

/** What tells lines apart: crate, note and way. */
function keyOf(cells: readonly string[]): string {
  return cells.slice(1, 4).join("|");
}

function chosen(names: readonly string[]): readonly SysCrate[] {
  if (names.length === 0) return SYS_CRATES.filter(({ onlyByName }) => !onlyByName);
  return names.flatMap((name) => {
    const found = SYS_CRATES.filter((crate) => crate.name === name);
    if (found.length > 0) return found;
    const known = SYS_CRATES.map((crate) => crate.name).join(", ");
    throw new StartFailure(`\`${name}\` is not one of ${known}`, 2);
  });
}

function chosenProjects(names: readonly string[]): readonly CProject[] {
  const known = C_PROJECTS.map(({ name }) => name);
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined) {
    throw new StartFailure(`\`${strange}\` is not one of ${known.join(", ")}`, 2);
  }
  return names.length === 0 ? C_PROJECTS : C_PROJECTS.filter(({ name }) => names.includes(name));
}

const USAGE = `Usage: npm run prove:sys [-- [--kache PATH] [--way CC|shims] [CRATE...]]
       npm run prove:sys -- [--kache PATH] --projects [PROJECT...]

Without names all crates but the slowest are built. Their lines of the table in docs/sys-crates.md are
written anew. --projects builds C projects outside cargo, for the page's other table.
`;

async function main(given: readonly string[]): Promise<number> {
  if (given.includes("--help") || given.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const words = [...given];
  const take = (option: string) => {
    const at = words.indexOf(option);
    return at < 0 ? undefined : words.splice(at, 2)[1];
  };
  const named = take("--kache");
  const only = take("--way");
  const ways = only === undefined ? WAYS : WAYS.filter((way) => way === only);
  if (ways.length === 0) throw new StartFailure(`--way is one of ${WAYS.join(", ")}`, 2);
  const at = words.indexOf("--projects");
  const projects = at < 0 ? undefined : chosenProjects(words.toSpliced(at, 1));
  const crates = projects === undefined ? chosen(words) : [];
  requireToolchain(ROOT);
  const kache = named === undefined ? await ensureKache() : resolve(named);
  const run = await openRunDirectory(join(userCacheDirectory(), "kache-prove-sys"));
  const bench = { kache, run, instruments: await buildInstruments(join(run, "instruments")) };
  if (projects !== undefined) {
    const page = join(ROOT, "docs", "sys-crates.md");
    const faults = await proveProjects({ ...bench, tell }, projects, page);
    await rm(run, { recursive: true, force: true });
    return faults.length > 0 ? 1 : 0;
  }
  const rows: Row[] = [];
  for (const crate of crates) {
    for (const way of ways) {
      tell(`${crate.name} by ${way}`);
      const row: Row = { crate, way, result: await prove(bench, crate, way) };
      rows.push(row);
      for (const fault of faultsOf(row)) tell(`  ${fault}`);
      await updateTable(rows);
    }
  }
  await rm(run, { recursive: true, force: true });
  process.stdout.write(`${markdownTable([HEAD, ...rows.map(lineOf)])}\n`);
  return rows.some((row) => faultsOf(row).length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchFailure || error instanceof StartFailure)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = error.status;
}
