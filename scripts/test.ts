// `npm test`: checks, builds, then runs every test file in a process of its own, two at a time, telling
// each file's result as it ends. The last line is always "N passed, N failed, N skipped". Arguments
// select the files whose path contains one of them.
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { statSync } from "node:fs";
import { build, executable, isOutOfDate } from "./build.ts";
import { check } from "./check.ts";

const root = join(import.meta.dir, "..");

/** What one test file, or a step before the tests, came to. */
interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface FileResult extends Tally {
  readonly file: string;
  readonly seconds: number;
  /** Names of skipped cases, which say why. */
  readonly skips: readonly string[];
  /** What was printed, less the cases that passed. */
  readonly said: string;
}

const GLOBS = [
  "src/**/*.test.ts",
  "scripts/**/*.test.ts",
  "bench/**/*.test.ts",
  "test/*.test.ts",
  "test/suites/*.test.ts",
];

/** The files to run, the largest first: they tend to take longest, and two run at a time. */
function testFiles(selected: readonly string[]): string[] {
  const files = GLOBS.flatMap((glob) => [
    ...new Bun.Glob(glob).scanSync({ cwd: root, absolute: true }),
  ]);
  const size = (file: string) => statSync(file).size;
  return files
    .filter(
      (file) =>
        selected.length === 0 || selected.some((part) => relative(root, file).includes(part)),
    )
    .sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1));
}

const FILE_SECONDS_MAX = 900;

async function runFile(file: string): Promise<FileResult> {
  const started = performance.now();
  const child = Bun.spawn([process.execPath, "test", file], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: FILE_SECONDS_MAX * 1000,
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  const lines = `${out}${err}`.split("\n");
  const tally = tallyOf(lines, child.exitCode === 0);
  return {
    ...tally,
    file: relative(root, file),
    seconds: (performance.now() - started) / 1000,
    skips: lines
      .filter((line) => line.startsWith("(skip) "))
      .map((line) => line.slice("(skip) ".length)),
    said: lines.filter((line) => !/^\((pass|skip)\) /.test(line)).join("\n"),
  };
}

/** Bun's closing summary; a file without one, or that ended badly without saying why, failed. */
function tallyOf(lines: readonly string[], succeeded: boolean): Tally {
  const count = (word: string) => {
    const line = lines.findLast((text) => new RegExp(`^ *\\d+ ${word}$`).test(text));
    return Number.parseInt(line ?? "0", 10);
  };
  const failed = count("fail");
  return {
    passed: count("pass"),
    failed: succeeded ? failed : Math.max(failed, 1),
    skipped: count("skip"),
  };
}

function tell(result: FileResult): void {
  const { passed, failed, skipped } = result;
  const word = failed > 0 ? "FAIL" : "ok  ";
  const counts = [
    `${passed} passed`,
    failed > 0 ? `${failed} failed` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ];
  process.stdout.write(
    `${word} ${result.file}: ${counts.filter((text) => text !== "").join(", ")} (${result.seconds.toFixed(1)} s)\n`,
  );
  if (failed > 0) process.stdout.write(`${result.said}\n`);
}

/** Two at a time: the suites time nothing, and most of their time is rustc's. */
const LANES_MAX = 2;

async function runAll(files: readonly string[]): Promise<FileResult[]> {
  const waiting = [...files];
  const results: FileResult[] = [];
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(file);
      results.push(result);
      tell(result);
    }
  };
  const lanes = Math.min(LANES_MAX, availableParallelism());
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Checks and builds; what failed, in words. */
async function prepare(): Promise<string[]> {
  process.stdout.write("Checking types, lint and format…\n");
  const faults = check().map((tool) => `${tool} found faults`);
  if (isOutOfDate()) {
    process.stdout.write("Building dist/kache…\n");
    try {
      await build();
    } catch (fault) {
      const said = fault instanceof Bun.$.ShellError ? fault.stderr.toString() : String(fault);
      faults.push(`the build failed: ${said.trim()}`);
    }
  }
  return faults;
}

async function main(): Promise<number> {
  const faults = await prepare();
  for (const fault of faults) process.stdout.write(`FAIL ${fault}\n`);
  const broken = faults.some((fault) => fault.startsWith("the build"));
  const files = broken ? [] : testFiles(process.argv.slice(2));
  process.stdout.write(`Running ${files.length} test files…\n`);
  const results = await runAll(files);
  // Nothing of ours is left running; an engine that is still wanted starts again by itself.
  if (files.length > 0) Bun.spawnSync([executable, "engine", "stop"], { stdin: "ignore" });
  const skips = results.flatMap(({ file, skips: names }) =>
    names.map((name) => `${file}: ${name}`),
  );
  if (skips.length > 0)
    process.stdout.write(`Skipped:\n${skips.map((skip) => `  ${skip}\n`).join("")}`);
  const bad = results.filter(({ failed }) => failed > 0).map(({ file }) => file);
  if (bad.length > 0) process.stdout.write(`Failed: ${bad.join(", ")}\n`);
  const sum = (pick: (tally: Tally) => number) =>
    results.reduce((total, one) => total + pick(one), 0);
  const passed = sum((one) => one.passed);
  const failed = sum((one) => one.failed) + faults.length;
  process.stdout.write(
    `${passed} passed, ${failed} failed, ${sum((one) => one.skipped)} skipped\n`,
  );
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main();
