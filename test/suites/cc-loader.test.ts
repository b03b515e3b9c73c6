// What ldconfig tells the loader: a compiler that is given other libraries by it is another compiler.
import { describe, setDefaultTimeout } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cannotMount } from "../support/around.ts";
import { BOTH_WAYS, type Case, type Step, testCases } from "../support/cc-twin.ts";
import { COMPILE } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";
import { ask, compileC, missing } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-loader");

const LIBRARY = "libz.so.1";

/** Beside the cases. */
const dir = world.path("machine");

/** A copy of /etc in which the loader finds one of the compilers' libraries in a directory of ours. */
function other(): void {
  copyOfEtc();
  const cc1 = ask("gcc", "-print-prog-name=cc1") ?? "";
  const found = new RegExp(`${LIBRARY} => (\\S+)`).exec(ask("ldd", cc1) ?? "")?.[1] ?? "";
  const bytes = readFileSync(found);
  mkdirSync(join(dir, "lib"), { recursive: true });
  writeFileSync(join(dir, "lib", LIBRARY), Buffer.concat([bytes, Buffer.from("more")]));
  const list = join(dir, "etc/first.conf");
  writeFileSync(list, `${dir}/lib\ninclude /etc/ld.so.conf\n`);
  const made = Bun.spawnSync(["ldconfig", "-X", "-f", list, "-C", `${dir}/etc/ld.so.cache`]);
  if (made.exitCode !== 0) throw new Error("the loader's cache was not made");
}

/** A copy of /etc by which a library is loaded into every program. */
function preloading(): void {
  copyOfEtc();
  const library = join(dir, "p.so");
  if (!compileC("int value;\n", library, "-shared", "-fPIC"))
    throw new Error("the library was not built");
  writeFileSync(join(dir, "etc/ld.so.preload"), `${library}\n`);
}

/** A copy of /etc in which the loader's cache is cut off, which the loader takes for none. */
function cutOff(): void {
  copyOfEtc();
  writeFileSync(join(dir, "etc/ld.so.cache"), "glibc-ld.so.cache1.1");
}

function copyOfEtc(): void {
  rmSync(join(dir, "etc"), { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  if (Bun.spawnSync(["cp", "-a", "/etc", dir]).exitCode !== 0)
    throw new Error("/etc was not copied");
}

/** Runs a call with a copy in the place of /etc. */
function inCopy(words: readonly string[]): string[] {
  return ["unshare", "-m", "sh", "-c", `mount --bind ${dir}/etc /etc && exec "$@"`, "sh", ...words];
}

const cases = [
  ["a library that ldconfig puts in front of another", other] as const,
  ["a library that is loaded into every program", preloading] as const,
  ["a loader's cache that is cut off", cutOff] as const,
].map(([fact, disturb]): Case => {
  const changed = { disturb, around: inCopy };
  const steps: Step[] = [
    { outcome: "misses" },
    { outcome: "hits" },
    { ...changed, outcome: "misses" },
    { outcome: "hits" },
    { ...changed, outcome: "hits" },
  ];
  return {
    fact,
    skip: cannotMount() ?? missing("ldconfig"),
    env: { KACHE_ENGINE: "0" },
    steps: steps.map((step) => ({ ...step, args: COMPILE, fresh: true })),
  };
});

describe("what ldconfig tells", () => {
  testCases(world, cases, BOTH_WAYS);
});
