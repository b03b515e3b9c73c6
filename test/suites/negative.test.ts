// The tests themselves are tested: with a rule switched off, the case that stands for it fails. Three
// rules of many; `npm run negative` goes through all.
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { worldFor } from "../support/rig.ts";
import { buildNegative, runWithout } from "../negative/build.ts";
import { RULES } from "../negative/rules.ts";

setDefaultTimeout(300_000);

const world = worldFor("negative");
const executable = world.path("kache-negative");

beforeAll(async () => {
  await buildNegative(executable);
});

for (const name of ["env! reads", "externs' bytes", "a macro's listings"]) {
  test(`a test fails without the rule "${name}"`, () => {
    const index = RULES.findIndex((rule) => rule.name === name);
    expect(runWithout(index, executable)).toBe("fails");
  });
}
