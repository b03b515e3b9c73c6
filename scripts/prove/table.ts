// Finished cells → the table of docs/proof.md. Pure.
import { markdownTable } from "./document.ts";
import { MODES, type Project, titleOf } from "./projects.ts";
import { cellName, CLAIMS, type CellResult, type Claim } from "./state.ts";

const HEADINGS: Readonly<Record<Claim, string>> = {
  misses: "misses",
  spawns: "compiles",
  identical: "differs from cold",
  verified: "diverges",
  noop: "wrappers, 2nd build",
};

/** What the run was made on. */
export interface Origin {
  readonly kache: string;
  readonly rustc: string;
  readonly system: string;
}

/** How many faults of one cell are named; the rest is counted. */
const FAULTS_NAMED_MAX = 8;

/** Totals, the table, failures by name, and the probes that compiled. */
export function renderProof(
  projects: readonly Project[],
  cells: readonly CellResult[],
  origin: Origin,
): string {
  const units = cells.reduce((total, cell) => total + cell.units, 0);
  const wanted = projects.length * MODES.length;
  const failed = cells.filter((cell) => faultCount(cell) > 0);
  const sum =
    `${cells.length} of ${wanted} cells, ${units} units, ${failed.length} cells with faults ` +
    `(${origin.kache}, ${origin.rustc}, ${origin.system}).`;
  const rows = projects.flatMap((project) =>
    MODES.flatMap((mode) => {
      const cell = cells.find((each) => each.project === project.name && each.mode === mode);
      return cell === undefined ? [] : [[titleOf(project), mode, ...cellColumns(cell)]];
    }),
  );
  const claims = CLAIMS.map((claim) => HEADINGS[claim]);
  const head = ["project", "mode", "units", ...claims, "verified", "bound", "probes"];
  return [
    sum,
    markdownTable([head, ...rows]),
    ...faultList(failed),
    ...namesList("Units bound to their checkout:", cells, "bound"),
    ...namesList("Build scripts whose probes compiled:", cells, "probes"),
  ].join("\n\n");
}

/** Everything that speaks against a cell. */
export function faultCount(cell: CellResult): number {
  return cell.findings.reduce((total, { faults }) => total + faults.length, 0);
}

function cellColumns(cell: CellResult): string[] {
  const counts = CLAIMS.map((claim) => {
    const found = cell.findings.find((finding) => finding.claim === claim);
    return found === undefined ? "?" : String(found.faults.length);
  });
  return [cell.units, ...counts, cell.verified, cell.bound.length, cell.probes.length].map(String);
}

function faultList(failed: readonly CellResult[]): string[] {
  if (failed.length === 0) return [];
  const lines = failed.flatMap((cell) =>
    cell.findings
      .filter(({ faults }) => faults.length > 0)
      .map(({ claim, faults }) => {
        const named = faults.slice(0, FAULTS_NAMED_MAX).map((fault) => `\`${fault}\``);
        const rest = faults.length - named.length;
        const more = rest > 0 ? `, and ${rest} more` : "";
        return `- ${cellName(cell.project, cell.mode)}, ${HEADINGS[claim]}: ${named.join(", ")}${more}`;
      }),
  );
  return ["Faults:", lines.join("\n")];
}

/** Names beside cells: which units are bound to their checkout, whose probes compiled. */
function namesList(title: string, cells: readonly CellResult[], of: "bound" | "probes"): string[] {
  const where = new Map<string, Set<string>>();
  for (const cell of cells) {
    for (const name of cell[of]) {
      const [owner = "?"] = name.split(": ");
      where.set(owner, (where.get(owner) ?? new Set()).add(cellName(cell.project, cell.mode)));
    }
  }
  if (where.size === 0) return [];
  const lines = [...where].map(([name, found]) => `- ${name}, in ${[...found].join(", ")}`);
  return [title, lines.join("\n")];
}
