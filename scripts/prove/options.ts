// The command line of the proof.
import { chosen } from "../../bench/chosen.ts";
import { StartFailure } from "../start/failure.ts";
import { MODES, type Mode, type Project, PROJECTS } from "./projects.ts";

/** A checked command line. */
export interface Options {
  readonly projects: readonly Project[];
  readonly modes: readonly Mode[];
  /** Directory of finished cells and of the builds; undefined: the user's cache directory. */
  readonly state: string | undefined;
  readonly kache: string | undefined;
  /** Where the table goes; undefined: docs/proof.md. */
  readonly document: string | undefined;
  /** Prove cells again that are finished. */
  readonly again: boolean;
}

/** Printed for `--help`. */
export const USAGE = `Usage: npm run prove [-- OPTION...]

  --projects NAME,...  of: ${PROJECTS.map((project) => project.name).join(", ")} (all)
  --modes MODE,...     of: ${MODES.join(", ")} (all)
  --again              prove finished cells once more
  --state DIR          where finished cells are kept and builds run (~/.cache/kache-prove)
  --kache PATH         executable to prove (dist/kache)
  --document PATH      page that the table is written into (docs/proof.md)
`;

const VALUES = ["--projects", "--modes", "--state", "--kache", "--document"];

/** Reads the arguments; wrong ones are refused with what to write instead. */
export function parseOptions(given: readonly string[]): Options | "help" {
  const values = new Map<string, string>();
  let again = false;
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? "";
    if (word === "--help" || word === "-h") return "help";
    if (word === "--again") {
      again = true;
      continue;
    }
    if (!VALUES.includes(word)) throw usage(`unknown option ${word}`);
    const value = given[(at += 1)] ?? "";
    if (value === "") throw usage(`${word} needs a value`);
    values.set(word, value);
  }
  const names = PROJECTS.map((project) => project.name);
  const named = <Name extends string>(option: string, known: readonly Name[]) =>
    chosen({ option, value: values.get(option) }, known, usage);
  const projects = named("--projects", names);
  return {
    projects: PROJECTS.filter((project) => projects.includes(project.name)),
    modes: named("--modes", MODES),
    state: values.get("--state"),
    kache: values.get("--kache"),
    document: values.get("--document"),
    again,
  };
}

function usage(problem: string): StartFailure {
  return new StartFailure(`${problem}\n\n${USAGE}`, 2);
}
