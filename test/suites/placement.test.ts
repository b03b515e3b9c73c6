// The three ways of putting a file in place, on file systems that allow them: hard link, copy, reflink.
// Whatever the way, bytes and times are right and an edit of the restored file stays in its checkout.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type LoggedEvent, type RustcCall, testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { digestFile, fileMatching } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("placement");
const CALL: RustcCall = { name: "placed", emit: "dep-info,metadata,link" };
const FILES = { "src/lib.rs": "pub fn placed() {}\n" };

test("on the checkout's own file system an rlib is linked or cloned once, metadata never linked", () => {
  const dir = world.project("own", FILES);
  expect(outcomeOf(mustSucceed(world.rustc(dir, CALL)))).toBe("misses");
  rmSync(join(dir, "out"), { recursive: true });
  const run = mustSucceed(world.rustc(dir, CALL));
  expect(outcomeOf(run)).toBe("hits");
  const { placed } = run.events[0] ?? noEvent();
  expect(placed.reflink + placed.hardlink).toBeGreaterThan(0);
  expect(statSync(fileMatching(join(dir, "out"), /\.rmeta$/)).nlink).toBe(1);
  expect(statSync(fileMatching(join(dir, "out"), /\.rlib$/)).nlink).toBeLessThanOrEqual(2);
});

/** Whom the files of a directory belong to and what they let whom do, as rustc leaves them and as a hit does. */
function permissions(fact: string, prepare: readonly string[]): string[] {
  const dir = world.project(fact, { "src/lib.rs": `pub fn ${fact}() {}\n` });
  const made = (words: readonly string[]) => {
    rmSync(join(dir, "out"), { recursive: true, force: true });
    mkdirSync(join(dir, "out"));
    expect(world.run([...prepare, join(dir, "out")]).exitCode).toBe(0);
    const run = mustSucceed(world.run(words, { cwd: dir }));
    const names = readdirSync(join(dir, "out")).sort();
    const told = names.map((name) => {
      const { gid, mode } = statSync(join(dir, "out", name));
      return `${name} ${gid} ${(mode & 0o777).toString(8)}`;
    });
    return { run, told };
  };
  const words = world.rustcWords(CALL);
  const plain = made(words);
  expect(outcomeOf(made([kache, ...words]).run)).toBe("misses");
  const served = made([kache, ...words]);
  expect(outcomeOf(served.run)).toBe("hits");
  expect(served.told).toEqual(plain.told);
  return served.told;
}

const notRoot = process.getuid?.() === 0 ? undefined : "giving files away needs root";

testUnless(notRoot, "a directory that gives new files its group gives it to a hit's", () => {
  const told = permissions("group", ["sh", "-c", 'chgrp 1234 "$1" && chmod 2775 "$1"', "sh"]);
  expect(told.every((line) => line.includes(" 1234 "))).toBe(true);
});

testUnless(
  missing("setfacl"),
  "a directory's own list of permissions holds for a hit's files",
  () => {
    const told = permissions("list", ["setfacl", "-d", "-m", "u::rwx,g::rwx,o::-"]);
    expect(told.some((line) => line.endsWith(" 660"))).toBe(true);
  },
);

function noEvent(): LoggedEvent {
  throw new Error("no event was recorded");
}

/** Runs a script with a file system of some kind mounted for it alone. */
interface Mount {
  readonly kind: string;
  readonly way: "copy" | "reflink";
  /** Prepares an image at a path; nothing for one that needs none. */
  readonly make: readonly string[] | undefined;
  readonly options: readonly string[];
}

const MOUNTS: readonly Mount[] = [
  { kind: "tmpfs", way: "copy", make: undefined, options: ["-t", "tmpfs", "none"] },
  {
    kind: "xfs",
    way: "reflink",
    make: ["mkfs.xfs", "-q", "-m", "reflink=1"],
    options: ["-o", "loop"],
  },
  { kind: "btrfs", way: "reflink", make: ["mkfs.btrfs", "-q"], options: ["-o", "loop"] },
];

const IMAGE_BYTES = 400 * 1024 ** 2;

function unusable(mount: Mount): string | undefined {
  if (process.getuid?.() !== 0) return "mounting needs root";
  if (mount.make !== undefined && Bun.which(mount.make[0] ?? "") === null) {
    return `mkfs.${mount.kind} is not installed`;
  }
  const at = world.path(`${mount.kind}-probe`);
  mkdirSync(at);
  const script = mountScript(mount, world.path(`${mount.kind}.image`), at);
  if (script === undefined) return `no ${mount.kind} image can be made`;
  const run = world.run(["unshare", "-m", "sh", "-c", script]);
  return run.exitCode === 0 ? undefined : `${mount.kind} cannot be mounted here`;
}

/** The mount command; undefined when the image cannot be made. */
function mountScript(mount: Mount, image: string, at: string): string | undefined {
  if (mount.make === undefined) return `mount ${mount.options.join(" ")} ${at}`;
  if (!existsSync(image)) {
    writeFileSync(image, "");
    truncateSync(image, IMAGE_BYTES);
    if (Bun.spawnSync([...mount.make, image]).exitCode !== 0) return undefined;
  }
  return `mount ${mount.options.join(" ")} ${image} ${at}`;
}

describe("served by", () => {
  for (const mount of MOUNTS) {
    testUnless(unusable(mount), `${mount.way} on ${mount.kind}`, () => {
      const at = world.path(mount.kind);
      const log = world.path(`${mount.kind}-log`);
      for (const made of [at, log]) mkdirSync(made);
      // A reflink needs both on one file system, a copy needs two.
      const dir = mount.way === "reflink" ? join(at, "checkout") : world.path("copied");
      const words = (outDir: string) => [kache, ...world.rustcWords({ ...CALL, outDir })].join(" ");
      const library = "libplaced.rlib";
      const script = [
        mountScript(mount, world.path(`${mount.kind}.image`), at),
        `mkdir -p ${dir}/src ${dir}/one ${dir}/two ${dir}/three && cd ${dir}`,
        `echo 'pub fn placed() {}' > src/lib.rs && sleep 0.05`,
        words("one"),
        words("two"),
        `printf edited >> two/${library}`,
        words("three"),
        `cmp one/${library} three/${library}`,
        `cp ${at}/cache/events.jsonl ${log}`,
      ].join(" && ");
      const env = { KACHE_CACHE_DIR: join(at, "cache") };
      const run = mustSucceed(world.run(["unshare", "-m", "sh", "-c", script], { env }));
      expect(run.stderr).toBe("");
      const events = world.events(log);
      expect(events.map(({ result, not_stored }) => not_stored ?? result)).toEqual([
        "miss",
        "local_hit",
        "local_hit",
      ]);
      for (const { placed } of events.slice(1)) expect(placed[mount.way]).toBeGreaterThan(0);
      if (mount.way === "copy")
        expect(digestFile(join(dir, "one", library))).toBe(digestFile(join(dir, "three", library)));
    });
  }
});
