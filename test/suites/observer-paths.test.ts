// Units with a macro that learns of a path more than what it holds: where links lead, times, modes, attributes. With the
// observer off, needless misses are allowed and stale hits are not.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Looks } from "../support/looks.ts";
import { outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("observer-paths");
const looks = new Looks(world);
beforeAll(() => {
  looks.makeMacros();
});

/** What a macro can learn of a path beside its content. */
const OF_PATHS: readonly (readonly [string, string, (at: (name: string) => string) => void])[] = [
  [
    "a link it followed by hand leads elsewhere",
    'behind!("way")',
    (at) => {
      rmSync(at("way"));
      symlinkSync("two", at("way"));
    },
  ],
  [
    "a link it read has another text",
    'link!("way")',
    (at) => {
      rmSync(at("way"));
      symlinkSync("./one", at("way"));
    },
  ],
  [
    "a link stands in place of a file of equal content",
    'is_link!("data.txt")',
    (at) => {
      renameSync(at("data.txt"), at("moved.txt"));
      symlinkSync("moved.txt", at("data.txt"));
    },
  ],
  [
    "a link that leads nowhere comes to be where it looked for anything",
    'is_any!("later")',
    (at) => {
      symlinkSync("nowhere", at("later"));
    },
  ],
  [
    "the directory before .. leads elsewhere",
    'read_file!("way/../data.txt")',
    (at) => {
      rmSync(at("way"));
      mkdirSync(at("two/deep"));
      writeFileSync(at("two/data.txt"), "two");
      symlinkSync("two/deep", at("way"));
    },
  ],
  [
    "a file may be executed",
    'mode!("data.txt")',
    (at) => {
      chmodSync(at("data.txt"), 0o755);
    },
  ],
  [
    "a file it opened has another time",
    'opened_time!("data.txt")',
    (at) => {
      utimesSync(at("data.txt"), 1, 1);
    },
  ],
  [
    "a file it opened may be executed",
    'opened_mode!("data.txt")',
    (at) => {
      chmodSync(at("data.txt"), 0o755);
    },
  ],
  [
    "a directory has another time",
    'time_of!("dir")',
    (at) => {
      utimesSync(at("dir"), 1, 1);
    },
  ],
  [
    "a file has an attribute",
    'attribute!("data.txt")',
    (at) => {
      const script = 'import os, sys; os.setxattr(sys.argv[1], "user.kind", b"a")';
      Bun.spawnSync(["python3", "-c", script, at("data.txt")]);
    },
  ],
  [
    "a directory stands in place of a file that it listed",
    'directories!("dir")',
    (at) => {
      rmSync(at("dir/a"));
      mkdirSync(at("dir/a"));
    },
  ],
  [
    "a file behind a link to another package's directory is edited",
    'behind!("far")',
    (at) => {
      writeFileSync(at("../far/a.txt"), "two");
    },
  ],
];

for (const observed of [true, false]) {
  const how = observed ? "with the observer" : "with the observer off";
  describe(`${how}, a unit with a macro is compiled again when, of a path,`, () => {
    // Nobody's tree has times.
    const counts = OF_PATHS.filter(([, asks]) => observed || !/time|attribute/.test(asks));
    for (const [fact, asks, disturb] of counts) {
      test(fact, () => {
        const files = { "one/a.txt": "one", "two/a.txt": "two", "../far/a.txt": "one" };
        const { dir, build } = looks.unit({ fact, asks, files }, true, observed);
        symlinkSync("one", join(dir, "way"));
        symlinkSync("../far", join(dir, "far"));
        // One that leads back is not followed for ever.
        symlinkSync("..", join(dir, "one/back"));
        expect(outcomeOf(build())).toBe("misses");
        expect(outcomeOf(build())).toBe("hits");
        disturb((name) => join(dir, name));
        expect(outcomeOf(build())).toBe("misses");
      });
    }
  });
}
