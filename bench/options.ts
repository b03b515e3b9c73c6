// The benchmark's command line: what may be given, checked at once, so that a typing error does not
// cost an hour.
import { chosen, roundsOf, RUNS_USAGE } from "./chosen.ts";
import { BenchFailure } from "./failure.ts";
import { PROJECTS, type Project } from "./projects.ts";
import { RIVAL_NAMES, type RivalName } from "./rivals.ts";

/** The parts of the benchmark: builds and single calls, with cargo and of C. */
export type Part = "project" | "unit" | "c-project" | "c-unit";

/** A checked command line. */
export interface Options {
  readonly projects: readonly Project[];
  readonly runs: number;
  readonly parts: ReadonlySet<Part>;
  readonly rivals: readonly RivalName[];
  readonly smoke: boolean;
  /** Whether cargo decides about incremental compilation, as it does for everybody who sets nothing. */
  readonly incremental: boolean;
  /** Whether projects are built in cargo's release profile, which compiles without incremental state anyway. */
  readonly release: boolean;
  /** The executable under test when it is not dist/kache. */
  readonly kache: string | undefined;
}

const PARTS: readonly Part[] = ["project", "unit", "c-project", "c-unit"];

/** Printed for `--help`. */
export const USAGE = `Usage: npm run bench [-- OPTION...]

  --projects NAME,...   of: ${PROJECTS.map((project) => project.name).join(", ")} (all)
  --runs N              rounds of every project, ${RUNS_USAGE}
  --only PART,...       of: ${PARTS.join(", ")} (all)
  --rivals NAME,...     of: ${RIVAL_NAMES.join(", ")}, or \`none\` (those that are found)
  --incremental         leave incremental compilation to cargo, which has it on (CARGO_INCREMENTAL=0)
  --release             build the projects in cargo's release profile (dev)
  --kache PATH          executable under test (dist/kache)
  --smoke               one generated project, one round, no rivals, no network
`;

/** Reads the arguments; wrong ones are refused with what to write instead. */
export function parseOptions(given: readonly string[]): Options | "help" {
  const values = new Map<string, string>();
  let smoke = false;
  let incremental = false;
  let release = false;
  for (let at = 0; at < given.length; at++) {
    const argument = given[at] ?? "";
    if (argument === "--help" || argument === "-h") return "help";
    if (argument === "--smoke") {
      smoke = true;
      continue;
    }
    if (argument === "--incremental") {
      incremental = true;
      continue;
    }
    if (argument === "--release") {
      release = true;
      continue;
    }
    const [name, inline] = splitOnce(argument);
    if (!["--projects", "--runs", "--only", "--rivals", "--kache"].includes(name)) {
      throw usage(`unknown option ${argument}`);
    }
    const value = inline ?? given[++at];
    if (value === undefined || value === "") throw usage(`${name} needs a value`);
    if (values.has(name)) throw usage(`${name} is given twice`);
    values.set(name, value);
  }
  if (smoke && (values.has("--projects") || values.has("--runs") || values.has("--rivals"))) {
    throw usage("--smoke fixes the project, the rounds and the rivals; leave those options out");
  }
  const rivals = values.get("--rivals");
  const named = <Name extends string>(option: string, known: readonly Name[]) =>
    chosen({ option, value: values.get(option) }, known, usage);
  const projects = named(
    "--projects",
    PROJECTS.map(({ name }) => name),
  );
  return {
    projects: PROJECTS.filter(({ name }) => projects.includes(name)),
    runs: smoke ? 1 : roundsOf(values.get("--runs"), usage),
    parts: new Set(named("--only", PARTS)),
    rivals: smoke || rivals === "none" ? [] : named("--rivals", RIVAL_NAMES),
    smoke,
    incremental,
    release,
    kache: values.get("--kache"),
  };
}

function splitOnce(argument: string): [string, string | undefined] {
  const at = argument.indexOf("=");
  return at === -1 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

function usage(problem: string): BenchFailure {
  return new BenchFailure(`${problem}\n\n${USAGE}`, 2);
}
