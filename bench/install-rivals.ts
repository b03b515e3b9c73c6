// `npm run bench:rivals`: installs the pinned rivals from crates.io with cargo, into a directory of
// the benchmark's own, one after the other and at low priority. Takes minutes; what is there is
// kept.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { baseEnvironment } from "./environment.ts";
import { findRival, RIVAL_NAMES, RIVALS, rivalsDirectory, type RivalName } from "./rivals.ts";

/** Installs one rival; the exact locked dependencies first, and if those are gone, newer ones. */
async function install(name: RivalName): Promise<boolean> {
  const { crate, version, installArguments } = RIVALS[name];
  const root = rivalsDirectory();
  const target = join(root, "target");
  const argv = [
    ...(Bun.which("nice") === null ? [] : ["nice", "-n", "19"]),
    ...["cargo", "install", `${crate}@${version}`, "--root", root, "--target-dir", target],
    ...installArguments,
  ];
  for (const lock of [["--locked"], []]) {
    process.stderr.write(
      `Installing ${crate} ${version}${lock.length === 0 ? ", unlocked" : ""}\n`,
    );
    const run = Bun.spawn([...argv, ...lock], {
      cwd: root,
      env: baseEnvironment(),
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    if ((await run.exited) === 0) return true;
  }
  return false;
}

async function main(): Promise<number> {
  const root = rivalsDirectory();
  await mkdir(root, { recursive: true });
  const failed: RivalName[] = [];
  for (const name of RIVAL_NAMES) {
    if (typeof (await findRival(name)) === "string" || (await install(name))) {
      process.stdout.write(`${name} ${RIVALS[name].version}: ${join(root, "bin")}\n`);
    } else {
      failed.push(name);
    }
  }
  await rm(join(root, "target"), { recursive: true, force: true });
  if (failed.length === 0) return 0;
  process.stderr.write(
    `error: could not install ${failed.join(", ")}; see cargo's messages above\n`,
  );
  return 1;
}

process.exitCode = await main();
