// `npm run prove:sys`: builds crates with C and C++ in them through kache, cold, then in a second checkout
// at another path and depth, and counts there what compiled, by process. Writes its table into
// docs/sys-crates.md. Exit status 1 when something compiled that should have been restored.
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { baseEnvironment } from "../bench/environment.ts";
import { BenchFailure } from "../bench/failure.ts";
import { buildInstruments, type Instruments, recordExecs, runChecked } from "../bench/measure.ts";
import { markdownTable, replaceSection } from "./prove/document.ts";
import { type Compiles, sortCompiles } from "./prove-sys/compiles.ts";
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

interface Row {
  readonly crate: SysCrate;
  readonly way: Way;
  /** Undefined: not built, and why. */
  readonly result: { readonly cold: Compiles; readonly warm: Compiles } | string;
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
  const environment = await environmentOf(bench, way, join(work, "cache"));
  await runChecked({ argv: ["cargo", "fetch", "--quiet"], cwd: first, environment });
  await cp(first, second, { recursive: true });
  const build = async (cwd: string) => {
    const argv = ["nice", "-n", "5", "cargo", "build", "--offline", "--locked"];
    const execs = await recordExecs(bench.instruments, { argv, cwd, environment });
    await runChecked({ argv: [join(cwd, "target/debug/uses-it")], cwd, environment });
    return sortCompiles(execs ?? []);
  };
  try {
    return { cold: await build(first), warm: await build(second) };
  } finally {
    if (process.env["KEEP_WORK"] === undefined) await rm(work, { recursive: true, force: true });
  }
}

/** Objects and crates that were compiled again. */
function faultsOf({ result }: Row): readonly string[] {
  return typeof result === "string" ? [] : [...result.warm.objects, ...result.warm.crates];
}

function tableOf(rows: readonly Row[]): string {
  const head = [
    "crate",
    "what",
    "by",
    "objects, cold",
    "crates, cold",
    "objects, second",
    "crates, second",
    "configure's programs",
  ];
  const lines = rows.map(({ crate, way, result }) => {
    const name = [`${crate.name} ${crate.version}`, crate.note, way];
    if (typeof result === "string") return [...name, result, "", "", "", ""];
    const { cold, warm } = result;
    const counts = [cold.objects, cold.crates, warm.objects, warm.crates];
    return [...name, ...counts.map(({ length }) => String(length)), String(warm.linked)];
  });
  return markdownTable([head, ...lines]);
}

function chosen(names: readonly string[]): readonly SysCrate[] {
  if (names.length === 0) return SYS_CRATES.filter(({ onlyByName }) => !onlyByName);
  return names.map((name) => {
    const found = SYS_CRATES.find((crate) => crate.name === name);
    if (found !== undefined) return found;
    const known = SYS_CRATES.map((crate) => crate.name).join(", ");
    throw new StartFailure(`\`${name}\` is not one of ${known}`, 2);
  });
}

const USAGE = `Usage: npm run prove:sys [-- [--kache PATH] [--way CC|shims] [CRATE...]]

Without names all crates but the slowest are built, and the table of docs/sys-crates.md is written.
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
  const crates = chosen(words);
  requireToolchain(ROOT);
  const kache = named === undefined ? await ensureKache() : resolve(named);
  const run = await openRunDirectory(join(userCacheDirectory(), "kache-prove-sys"));
  const bench = { kache, run, instruments: await buildInstruments(join(run, "instruments")) };
  const rows: Row[] = [];
  for (const crate of crates) {
    for (const way of ways) {
      tell(`${crate.name} by ${way}`);
      const row: Row = { crate, way, result: await prove(bench, crate, way) };
      rows.push(row);
      for (const fault of faultsOf(row)) tell(`  compiled again: ${fault}`);
    }
  }
  await rm(run, { recursive: true, force: true });
  process.stdout.write(`${tableOf(rows)}\n`);
  if (words.length === 0 && only === undefined) {
    await replaceSection(join(ROOT, "docs", "sys-crates.md"), "prove-sys", tableOf(rows));
  }
  return rows.some((row) => faultsOf(row).length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchFailure || error instanceof StartFailure)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = error.status;
}
