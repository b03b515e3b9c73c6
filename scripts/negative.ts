// `npm run negative`: for every rule that keeps stale results out, a test must fail once the rule is
// switched off. Builds an executable for this purpose; arguments select rules by a part of their name.
import { join } from "node:path";
import { build, isOutOfDate } from "./build.ts";
import { buildNegative, runWithout } from "../test/negative/build.ts";
import { RULES } from "../test/negative/rules.ts";

const executable = join(import.meta.dir, "../dist/kache-negative");
const parts = process.argv.slice(2);
const selected = [...RULES.entries()].filter(
  ([, { name }]) => parts.length === 0 || parts.some((part) => name.includes(part)),
);
if (selected.length === 0) {
  process.stderr.write(`no rule has ${parts.join(" or ")} in its name; there are:\n`);
  for (const { name } of RULES) process.stderr.write(`  ${name}\n`);
  process.exit(1);
}

if (isOutOfDate()) await build();
await buildNegative(executable);
const blind: string[] = [];
for (const [index, { name, suite, test }] of selected) {
  const verdict = runWithout(index, executable);
  const word = verdict === "fails" ? "ok  " : "FAIL";
  process.stdout.write(`${word} without "${name}": ${suite} "${test}" ${verdict}\n`);
  if (verdict !== "fails") blind.push(name);
}
process.stdout.write(
  blind.length === 0 ? "every rule is guarded\n" : `not guarded: ${blind.join(", ")}\n`,
);
process.exitCode = blind.length === 0 ? 0 : 1;
