// Times one C or C++ compile as a whole process: each cache's hit beside the plain compiler and an
// empty program of the same runtime, which is the floor for any program compiled with it.
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { baseEnvironment } from "./environment.ts";
import { BenchFailure } from "./failure.ts";
import { type Command, type Cost, type Instruments, measure, runChecked } from "./measure.ts";
import type { Tool, ToolName } from "./tools.ts";

/** One source whose hit is timed. */
export interface CUnit {
  readonly name: string;
  readonly compiler: "cc" | "c++";
  readonly source: string;
  readonly text: string;
  readonly flags: readonly string[];
}

/** What is timed: the empty program, the plain compiler ("cc"), or a tool's hit. */
export type CSubject = "empty" | ToolName;

/** All timings of one subject for one source. */
export interface CTiming {
  readonly subject: CSubject;
  readonly costs: readonly Cost[];
  readonly refused: string | undefined;
}

/** One source with its timings. */
export interface CUnitResult {
  readonly name: string;
  /** Files that the compiler reads for it, from its own list. */
  readonly headers: number;
  readonly objectBytes: number;
  readonly timings: readonly CTiming[];
}

const HELLO = '#include <stdio.h>\nint main(void) {\n  puts("hello");\n  return 0;\n}\n';

const HEADERS = [
  ...["algorithm", "chrono", "condition_variable", "filesystem", "fstream", "functional", "future"],
  ...["iomanip", "iostream", "map", "memory", "mutex", "random", "regex", "set", "shared_mutex"],
  ...["sstream", "string", "thread", "unordered_map", "unordered_set", "valarray", "vector"],
];

const MANY =
  HEADERS.map((name) => `#include <${name}>\n`).join("") +
  "int count(const std::string &text) {\n" +
  '  return static_cast<int>(std::regex_replace(text, std::regex("a+"), "b").size());\n}\n';

/** What the full benchmark times, and what its smoke run does: no heavy compile. */
export const C_UNITS: readonly CUnit[] = [
  { name: "hello.c", compiler: "cc", source: "hello.c", text: HELLO, flags: [] },
  {
    name: "many headers, C++",
    compiler: "c++",
    source: "many.cc",
    text: MANY,
    flags: ["-std=c++17"],
  },
];

/** How often each subject is run. */
export interface CUnitPlan {
  readonly instruments: Instruments;
  readonly directory: string;
  readonly repetitions: number;
  readonly compileRepetitions: number;
}

// A source that is no older than a second is not trusted by every rival.
const SETTLE_MS = 1100;

/** Times every subject for one source. */
export async function timeCUnit(
  unit: CUnit,
  subjects: { readonly empty: string; readonly tools: readonly Tool[] },
  plan: CUnitPlan,
): Promise<CUnitResult> {
  const place = join(plan.directory, unit.compiler);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, unit.source), unit.text);
  await Bun.sleep(SETTLE_MS);
  const words = [unit.compiler, ...unit.flags, "-O1", "-c", unit.source, "-o", "unit.o"];
  const object = join(place, "unit.o");
  const plain: Command = { argv: words, cwd: place, environment: baseEnvironment() };
  const rules = await runChecked({
    ...plain,
    argv: [unit.compiler, ...unit.flags, "-M", unit.source],
  });
  const commands: [CSubject, Command][] = [
    ["empty", { ...plain, argv: [subjects.empty] }],
    ["cc", plain],
    ...subjects.tools.map((tool): [CSubject, Command] => [tool.name, throughTool(plain, tool)]),
  ];
  for (const tool of subjects.tools) await tool.begin();
  try {
    for (const tool of subjects.tools) {
      await rm(object, { force: true });
      await runChecked(throughTool(plain, tool));
      await tool.takeCounts();
    }
    const objectBytes = (await stat(object)).size;
    const costs = await repeat(commands, object, plan);
    const timings: CTiming[] = [];
    for (const [subject, list] of costs) {
      const tool = subjects.tools.find((each) => each.name === subject);
      const counts = await tool?.takeCounts();
      const few = counts !== undefined && counts.hits < list.length;
      const refused = few ? `${counts.hits} hits in ${list.length} runs` : undefined;
      timings.push({ subject, costs: list, refused });
    }
    const headers = rules.split(/\s+/).filter((word) => /^\/|\.h$/.test(word)).length;
    return { name: unit.name, headers, objectBytes, timings };
  } finally {
    for (const tool of subjects.tools) await tool.end();
  }
}

/** The call with a tool in front of the compiler. */
function throughTool(call: Command, tool: Tool): Command {
  const front = tool.wrapper === undefined ? [] : [tool.wrapper];
  return { ...call, argv: [...front, ...call.argv], environment: tool.environment };
}

/** Runs every subject in turn, in reversed order every other time; each must make the object. */
async function repeat(
  commands: readonly (readonly [CSubject, Command])[],
  object: string,
  plan: CUnitPlan,
): Promise<ReadonlyMap<CSubject, Cost[]>> {
  const costs = new Map<CSubject, Cost[]>(commands.map(([subject]) => [subject, []]));
  for (let at = 0; at < plan.repetitions; at++) {
    for (const [subject, command] of at % 2 === 0 ? commands : commands.toReversed()) {
      if (subject === "cc" && at >= plan.compileRepetitions) continue;
      await rm(object, { force: true });
      costs.get(subject)?.push(await measure(plan.instruments, command));
      const made = await stat(object).catch(() => undefined);
      if (subject !== "empty" && made === undefined) {
        throw new BenchFailure(`${subject} left no object`);
      }
    }
  }
  return costs;
}
