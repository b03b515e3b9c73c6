// Random edits of a small workspace, each built through kache and plainly: status, diagnostics and the
// programs' output are the same every time. A short run with a fixed seed; `npm run mutate` makes long ones.
import { expect, setDefaultTimeout, test } from "bun:test";
import { type Edit, editsFrom, showEdit } from "../mutation/knobs.ts";
import { describeMismatch, runEdits } from "../mutation/run.ts";
import { shrink } from "../mutation/shrink.ts";

const seed = Number(process.env["MUTATION_SEED"] ?? 20);
const count = Number(process.env["MUTATION_EDITS"] ?? 14);
const isLong = process.env["MUTATION_EDITS"] !== undefined;
const REPLAYS_MAX = 60;

setDefaultTimeout(isLong ? 86_400_000 : 300_000);

function tell(line: string): void {
  if (isLong) process.stderr.write(`${line}\n`);
}

test(`${count} random edits (seed ${seed}) give what plain cargo gives`, () => {
  const edits = editsFrom(seed, count);
  const { results, mismatch } = runEdits(edits, (step, edit, run) => {
    const counts = run.events.map(({ result, crate_name, not_stored }) =>
      not_stored === undefined ? result : `${result} (${crate_name}: ${not_stored})`,
    );
    const status = `status ${String(run.exitCode)}`;
    tell(`${step}/${count} ${showEdit(edit)}: ${status}, ${counts.sort().join(" ")}`);
  });
  tell(`results: ${JSON.stringify(results)}`);
  if (mismatch === undefined) {
    expect(results["local_hit"]).toBeGreaterThan(0);
    expect(results["miss"]).toBeGreaterThan(0);
    return;
  }
  tell(`seed ${seed} differs ${describeMismatch([], mismatch)}\nshrinking…`);
  const fails = (some: readonly Edit[]) => runEdits(some).mismatch?.step;
  const short = shrink(edits, mismatch.step, fails, isLong ? REPLAYS_MAX : 0);
  throw new Error(
    `seed ${seed} differs ${describeMismatch(short, runEdits(short).mismatch ?? mismatch)}`,
  );
});
