// What must be true of this project's own builds beside being fast, shown once a project and
// outside every timing: a fresh checkout compiles nothing, its executable is the one a cold build
// there makes, and a second build starts no wrapper. Processes are counted from outside.
import { join } from "node:path";
import { buildCommand } from "./builds.ts";
import { compilesIn, wrapperStarts } from "./gates.ts";
import { recordExecs, runChecked, type Instruments } from "./measure.ts";
import type { CheckOut, Project } from "./projects.ts";
import { removeTarget, type Tool } from "./tools.ts";

/** One claim and whether it held. */
export interface Finding {
  readonly claim: string;
  /** `unchecked` where this system has no way to watch processes. */
  readonly verdict: "holds" | "fails" | "unchecked";
  readonly detail: string;
}

/** Fills the cache from one checkout and examines the builds of another. */
export async function prove(
  project: Project,
  tool: Tool,
  where: {
    readonly directory: string;
    readonly checkOut: CheckOut;
    readonly instruments: Instruments;
  },
): Promise<readonly Finding[]> {
  const donor = join(where.directory, project.name, "proof", "donor", project.name);
  const other = join(
    where.directory,
    project.name,
    "proof",
    "other",
    "and",
    "deeper",
    project.name,
  );
  await where.checkOut(donor);
  await where.checkOut(other);
  await tool.begin();
  try {
    await runChecked(buildCommand(tool, donor));
    const findings = [
      await compilesNothing(tool, other, where.instruments),
      await startsNoWrapper(tool, other, where.instruments),
    ];
    const executable = join(other, "target", tool.profile ?? "debug", project.binary);
    const restored = await digest(executable);
    await removeTarget(join(other, "target"));
    await tool.begin();
    await runChecked(buildCommand(tool, other));
    const cold = await digest(executable);
    return [
      ...findings,
      {
        claim: "other checkout: executable identical to a cold build there",
        verdict: restored === cold ? "holds" : "fails",
        detail: restored === cold ? restored.slice(0, 16) : `${restored} and ${cold}`,
      },
    ];
  } finally {
    await tool.end();
  }
}

async function compilesNothing(
  tool: Tool,
  directory: string,
  instruments: Instruments,
): Promise<Finding> {
  const claim = "other checkout: no rustc compile";
  const execs = await recordExecs(instruments, buildCommand(tool, directory));
  if (execs === undefined) return { claim, verdict: "unchecked", detail: "needs Linux" };
  const compiled = compilesIn(execs);
  const detail =
    compiled.length === 0
      ? `${execs.length} processes, ${wrapperStarts(execs, tool.wrapper ?? "")} wrappers`
      : `${compiled.length} compiles: ${compiled.join(", ")}`;
  return { claim, verdict: compiled.length === 0 ? "holds" : "fails", detail };
}

async function startsNoWrapper(
  tool: Tool,
  directory: string,
  instruments: Instruments,
): Promise<Finding> {
  const claim = "second identical build: no wrapper started";
  const execs = await recordExecs(instruments, buildCommand(tool, directory));
  if (execs === undefined) return { claim, verdict: "unchecked", detail: "needs Linux" };
  const starts = wrapperStarts(execs, tool.wrapper ?? "");
  const detail = `${execs.length} processes, ${starts} wrappers`;
  return { claim, verdict: starts === 0 ? "holds" : "fails", detail };
}

async function digest(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  hasher.update(await Bun.file(path).bytes());
  return hasher.digest("hex");
}
