// `npm run bench:observer [ROUNDS]`: what watching adds to a miss, in processor time. The same two units, a library of
// derives and a program that is linked, are compiled in turn plainly, with the observer preloaded and nothing else, and
// missed through kache with the observer and without it. Needs serde from crates.io.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createObserverLog } from "../src/observe/observer-log.ts";
import { writeUnitCrate } from "../bench/unit-crates.ts";
import { median } from "../bench/statistics.ts";
import { build, isOutOfDate } from "./build.ts";

const ROUNDS = 9;
const ITEMS = 40;
const LOG_BYTES = 64 * 1024 ** 2;

const root = join(import.meta.dir, "..");
const kache = join(root, "dist", "kache");
const rounds = Number(process.argv[2] ?? ROUNDS);
if (isOutOfDate()) await build();

const dir = mkdtempSync(join(tmpdir(), "kache-observer-cost-"));
const library = join(dir, "libkache_observer.so");
const log = join(dir, "observed.log");

/** Runs a shell's text and gives the processor time of all that it ran, in milliseconds. */
function cpuMs(text: string): number {
  const child = Bun.spawnSync(["sh", "-c", text], { cwd: dir, env: environment() });
  if (child.exitCode !== 0) throw new Error(`${text}\n${child.stderr.toString()}`);
  return Number(child.resourceUsage.cpuTime.total) / 1000;
}

function environment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(?:RUSTC|CARGO_BUILD|KACHE_)/.test(name)) env[name] = value;
  }
  env["KACHE_CACHE_DIR"] = join(dir, "cache");
  env["KACHE_CONFIG"] = join(dir, "none.toml");
  env["KACHE_ENGINE"] = "0";
  // What was compiled before is to make no difference.
  env["CARGO_INCREMENTAL"] = "0";
  return env;
}

/** The calls of rustc that make the package's own units, as shells take them. */
function units(): string[] {
  const words = ["cargo", "build", "-vv", "--color=never"];
  const cargo = Bun.spawnSync(words, { cwd: dir, env: environment() });
  const said = cargo.stderr.toString();
  if (cargo.exitCode !== 0) throw new Error(said);
  const runs = [...said.matchAll(/^ +Running `(.* --crate-name (?:derives|linked) .*)`$/gm)];
  return runs.flatMap(([, text]) => text ?? []);
}

/** A fresh log for the library to write to. */
function watched(text: string): string {
  rmSync(log, { force: true });
  writeFileSync(log, createObserverLog(LOG_BYTES));
  truncateSync(log, LOG_BYTES);
  return `KACHE_OBSERVE_LOG='${log}' LD_PRELOAD='${library}' ${text}`;
}

let salt = 0;

/** A miss: no result has that salt. */
function missed(text: string, settings: string): string {
  salt += 1;
  const wrapped = text.replace(/ (\S*rustc --crate-name )/, ` '${kache}' $1`);
  return `KACHE_KEY_SALT=${salt} ${settings} ${wrapped}`;
}

const WAYS: readonly (readonly [name: string, way: (text: string) => string])[] = [
  ["rustc", (text) => text],
  ["rustc, watched", watched],
  ["kache, KACHE_OBSERVE=0", (text) => missed(text, "KACHE_OBSERVE=0")],
  ["kache", (text) => missed(text, "")],
];

try {
  const sources = [...new Bun.Glob("*.c").scanSync({ cwd: join(root, "native") })];
  const flags = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-o", library];
  const cc = Bun.spawnSync(["cc", ...flags, ...sources, "-ldl"], { cwd: join(root, "native") });
  if (cc.exitCode !== 0) throw new Error(cc.stderr.toString());
  await writeUnitCrate({ name: "derives", items: ITEMS, serde: true }, dir);
  mkdirSync(join(dir, "src", "bin"));
  const uses = 'fn main() { println!("{:?}", derives::Item1::default()); }\n';
  writeFileSync(join(dir, "src", "bin", "linked.rs"), uses);
  for (const text of units()) {
    const [, name = ""] = / --crate-name (\w+) /.exec(text) ?? [];
    const costs = WAYS.map((): number[] => []);
    for (let round = 0; round <= rounds; round += 1) {
      for (let turn = 0; turn < WAYS.length; turn += 1) {
        const at = (turn + round) % WAYS.length;
        const cost = cpuMs(WAYS[at]?.[1](text) ?? "");
        // The first round fills caches.
        if (round > 0) costs[at]?.push(cost);
      }
    }
    const [plain = 0] = costs.map(median);
    for (const [at, [way]] of WAYS.entries()) {
      const cost = median(costs[at] ?? []);
      const percent = ((cost / plain) * 100).toFixed(1);
      process.stdout.write(`${name}: ${way} ${cost.toFixed(1)} ms, ${percent} %\n`);
    }
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
