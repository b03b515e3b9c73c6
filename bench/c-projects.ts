// C projects built with make: what caches cost when they know nothing, and what they save in another
// checkout. Generated sources for the former, the C parts of crates for both. A makefile of our own
// builds them all, so that nothing but the compiler's calls is in the time.
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fetchCrateSource } from "../scripts/start/crate-source.ts";
import { BenchFailure } from "./failure.ts";
import { type Command, type Cost, type Instruments } from "./measure.ts";
import { isCCompiler, measure, recordExecs, runChecked } from "./measure.ts";
import { refusal } from "./gates.ts";
import type { Finding } from "./proof.ts";
import type { HitCounts, Tool, ToolName } from "./tools.ts";

/** A C project: where its sources come from and how they are compiled. */
export interface CProject {
  readonly name: string;
  readonly note: string;
  /** The crate that ships the sources; without one they are generated. */
  readonly crate?: { readonly name: string; readonly version: string };
  /** Directory of the crate to take; all of what lies in it is copied. */
  readonly directory?: string;
  /** Sources, relative to that directory; a trailing `*` stands for all `.c` files of a directory. */
  readonly sources: readonly string[];
  readonly flags: readonly string[];
  /** How many sources are generated. */
  readonly generated?: number;
}

/** What the full benchmark builds. */
export const C_PROJECTS: readonly CProject[] = [
  { name: "generated", note: "200 small files", sources: ["*"], flags: ["-O1"], generated: 200 },
  {
    name: "sqlite",
    note: "one huge file",
    crate: { name: "libsqlite3-sys", version: "0.38.2" },
    directory: "sqlite3",
    sources: ["sqlite3.c"],
    flags: ["-O1", "-g"],
  },
  {
    name: "zlib",
    note: "fifteen files",
    crate: { name: "libz-sys", version: "1.1.31" },
    directory: "src/zlib",
    sources: ["*"],
    flags: ["-O2", "-g", "-DHAVE_UNISTD_H", "-D_LARGEFILE64_SOURCE=1"],
  },
  {
    name: "lua",
    note: "some thirty files",
    crate: { name: "lua-src", version: "551.1.0" },
    directory: "lua-5.4.9",
    sources: ["*"],
    flags: ["-O2", "-g", "-DLUA_USE_POSIX"],
  },
  {
    name: "zstd",
    note: "long compiles, many headers",
    crate: { name: "zstd-sys", version: "2.1.3+zstd.1.5.7" },
    directory: "zstd/lib",
    sources: ["common/*", "compress/*", "decompress/*", "dictBuilder/*"],
    flags: ["-O1", "-g", "-DZSTD_DISABLE_ASM", "-I", "."],
  },
];

/** The generated project of the smoke run; needs no network. */
export const SMOKE_C_PROJECT: CProject = {
  name: "generated",
  note: "4 small files",
  sources: ["*"],
  flags: ["-O1", "-g"],
  generated: 4,
};

/** The builds that are timed, in their order. */
export const C_PHASES = ["cold", "other"] as const;

/** One of them. */
export type CPhase = (typeof C_PHASES)[number];

/** One timed build. */
export interface CSample extends Cost {
  readonly tool: ToolName;
  readonly phase: CPhase;
  readonly round: number;
  readonly counts: HitCounts | undefined;
  readonly refused: string | undefined;
}

/** One project with everything that was measured of it. */
export interface CProjectResult {
  readonly name: string;
  readonly note: string;
  readonly files: number;
  readonly samples: readonly CSample[];
  readonly findings: readonly Finding[];
}

interface Stand {
  readonly tool: Tool;
  readonly first: string;
  readonly second: string;
}

/** How a project is measured. */
export interface CProjectPlan {
  readonly runs: number;
  readonly instruments: Instruments;
  readonly directory: string;
}

// Some caches do not trust files that changed within the second.
const SETTLE_MS = 1100;

/** Builds a project with every tool, round by round, and counts what runs in another checkout. */
export async function benchCProject(
  project: CProject,
  tools: readonly Tool[],
  plan: CProjectPlan,
): Promise<CProjectResult> {
  const source = await sourceOf(project, plan.directory);
  const files = await sourceFiles(project, source);
  await writeFile(join(source, "bench.mk"), makefile(project, files));
  const stands: Stand[] = [];
  for (const [at, tool] of tools.entries()) {
    const base = join(plan.directory, `tool-${at}`);
    const stand = {
      tool,
      first: join(base, "one", project.name),
      second: join(base, "an", "other", project.name),
    };
    for (const place of [stand.first, stand.second]) await cp(source, place, { recursive: true });
    stands.push(stand);
  }
  await Bun.sleep(SETTLE_MS);
  const samples = await timeRounds(stands, plan);
  const kache = stands.find(({ tool }) => tool.name === "kache");
  const findings = kache === undefined ? [] : await proveC(kache, plan.instruments);
  await rm(plan.directory, { recursive: true, force: true });
  return { name: project.name, note: project.note, files: files.length, samples, findings };
}

async function timeRounds(stands: readonly Stand[], plan: CProjectPlan): Promise<CSample[]> {
  const samples: CSample[] = [];
  for (let round = 0; round < plan.runs; round++) {
    for (const { tool } of stands) await tool.begin();
    try {
      for (const phase of C_PHASES) {
        for (const stand of round % 2 === 0 ? stands : stands.toReversed()) {
          samples.push(
            await timeBuild(stand, phase, { round, samples, instruments: plan.instruments }),
          );
        }
      }
    } finally {
      for (const { tool } of stands) await tool.end();
    }
  }
  return samples;
}

async function timeBuild(
  { tool, first, second }: Stand,
  phase: CPhase,
  run: {
    readonly round: number;
    readonly samples: readonly CSample[];
    readonly instruments: Instruments;
  },
): Promise<CSample> {
  const place = phase === "cold" ? first : second;
  await rm(join(place, "out"), { recursive: true, force: true });
  await mkdir(join(place, "out"));
  await runChecked({ argv: ["sync"], cwd: place, environment: tool.environment });
  const cost = await measure(run.instruments, buildOf(tool, place));
  const counts = await tool.takeCounts();
  const cold = run.samples.find(
    (each) => each.tool === tool.name && each.round === run.round && each.phase === "cold",
  );
  const refused = refusal(phase, { counts, wallMs: cost.wallMs }, cold);
  return { ...cost, tool: tool.name, phase, round: run.round, counts, refused };
}

/** Two jobs: what the smallest machines have. */
function buildOf(tool: Tool, place: string): Command {
  const compiler = tool.wrapper === undefined ? "cc" : `${tool.wrapper} cc`;
  const argv = ["make", "-s", "-j2", "-f", "bench.mk", `CC=${compiler}`];
  return { argv, cwd: place, environment: tool.environment };
}

/** Another checkout's first build: no compiler, no preprocessor, and the objects of a cold build. */
async function proveC(stand: Stand, instruments: Instruments): Promise<Finding[]> {
  const { tool, first, second } = stand;
  const claim = "other checkout: no compiler, preprocessor or assembler run";
  const build = async (place: string) => {
    await rm(join(place, "out"), { recursive: true, force: true });
    await mkdir(join(place, "out"));
    return buildOf(tool, place);
  };
  await tool.begin();
  try {
    await runChecked(await build(first));
    const execs = await recordExecs(instruments, await build(second));
    if (execs === undefined) return [{ claim, verdict: "unchecked", detail: "needs Linux" }];
    const compilers = execs
      .filter(({ argv }) => isCCompiler(argv))
      .map(({ argv }) => argv[0] ?? "");
    const served = await digests(second);
    await tool.begin();
    await runChecked(await build(second));
    const cold = await digests(second);
    const same = served === cold;
    return [
      {
        claim,
        verdict: compilers.length === 0 ? "holds" : "fails",
        detail: `${execs.length} processes, ${compilers.length} of them compilers`,
      },
      {
        claim: "other checkout: objects identical to a cold build there",
        verdict: same ? "holds" : "fails",
        detail: same ? served.slice(0, 16) : `${served} and ${cold}`,
      },
    ];
  } finally {
    await tool.end();
  }
}

async function digests(place: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const name of (await readdir(join(place, "out"), { recursive: true })).sort()) {
    if (!/\.[od]$/.test(name)) continue;
    hasher.update(`${name}\n`);
    hasher.update(await Bun.file(join(place, "out", name)).bytes());
  }
  return hasher.digest("hex");
}

async function sourceOf(project: CProject, directory: string): Promise<string> {
  const source = join(directory, "source");
  await mkdir(source, { recursive: true });
  if (project.crate === undefined) {
    await generate(source, project.generated ?? 0);
  } else {
    const crate = await fetchCrateSource(project.crate, join(directory, "download"));
    await cp(join(crate, project.directory ?? "."), source, { recursive: true });
  }
  return source;
}

async function sourceFiles(project: CProject, source: string): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of project.sources) {
    if (!pattern.endsWith("*")) {
      found.push(pattern);
      continue;
    }
    const below = pattern.slice(0, -1);
    const names = await readdir(join(source, below));
    found.push(...names.filter((name) => name.endsWith(".c")).map((name) => below + name));
  }
  if (found.length === 0) throw new BenchFailure(`${project.name} has no sources`);
  return found.sort();
}

function makefile(project: CProject, files: readonly string[]): string {
  const objects = files.map((file) => `out/${file.replaceAll("/", "-").replace(/c$/, "o")}`);
  const rules = files.map(
    (file, at) =>
      `${objects[at] ?? ""}: ${file}\n\t$(CC) ${project.flags.join(" ")} -MD -c ${file} -o $@\n`,
  );
  return `all: ${objects.join(" ")}\n\n${rules.join("\n")}`;
}

/** Small files that share headers of their own and of the system: what a day's compile is made of. */
async function generate(directory: string, files: number): Promise<void> {
  const HEADERS = 20;
  for (let at = 0; at < HEADERS; at++) {
    const next = at + 1 < HEADERS ? `#include "part${at + 1}.h"\n` : "";
    await writeFile(
      join(directory, `part${at}.h`),
      `#pragma once\n${next}struct part${at} { int number; const char *name; };\n` +
        `static inline int sum${at}(const struct part${at} *part) { return part->number + ${at}; }\n`,
    );
  }
  for (let at = 0; at < files; at++) {
    const system = ["errno", "math", "pthread", "stdio", "stdlib", "string", "time", "unistd"];
    const functions = Array.from(
      { length: 20 },
      (_, n) =>
        `int file${at}_${n}(struct part${n % HEADERS} *part, int count) {\n` +
        `  int total = 0;\n  for (int i = 0; i < count; i++) total += sum${n % HEADERS}(&part[i]) * ${n};\n` +
        '  if (total > 1000) printf("%d %s\\n", total, part->name);\n  return total;\n}\n',
    );
    const path = join(directory, `file${at}.c`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      `${system.map((name) => `#include <${name}.h>\n`).join("")}#include "part0.h"\n${functions.join("")}`,
    );
  }
}
