// Archives of C that Rust takes in: whatever is in them counts, and so does one that would be found before. With the
// observer off, needless misses are allowed and stale hits are not.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { CALLS_PART, makePart } from "../support/part.ts";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("archives");
let bundles = 0;

/** Archives of Rust code that take a C archive in, without any linker. */
interface Bundle {
  readonly fact: string;
  readonly source: string;
  readonly type: string;
  readonly args: readonly string[];
  /** Where the second archive appears, if it does not replace the first. */
  readonly appears?: string;
  /** Whether the C archive sits in a crate two below. */
  readonly below?: boolean;
}

const DECLARES_PART = 'extern "C" { fn part() -> i32; }\npub fn f() -> i32 { unsafe { part() } }\n';

const BUNDLES: readonly Bundle[] = [
  {
    fact: "a library named by -l static",
    source: DECLARES_PART,
    type: "lib",
    args: ["-l", "static=part", "-L", "native=nat"],
  },
  {
    fact: "a library named by -l static with modifiers",
    source: DECLARES_PART,
    type: "lib",
    args: ["-l", "static:+whole-archive=part", "-L", "nat"],
  },
  {
    fact: "a library named by -l static that appears in an earlier directory",
    source: DECLARES_PART,
    type: "lib",
    args: ["-l", "static=part", "-L", "native=early", "-L", "native=nat"],
    appears: "early",
  },
  {
    fact: "a library named in the source that appears in an earlier directory",
    source: `#[link(name = "part", kind = "static")]\n${DECLARES_PART}`,
    type: "lib",
    args: ["-L", "native=early", "-L", "native=nat"],
    appears: "early",
  },
  {
    fact: "a library named in the source",
    source: `#[link(name = "part", kind = "static")]\n${DECLARES_PART}`,
    type: "lib",
    args: ["-L", "native=nat"],
  },
  {
    fact: "a library in a crate two below a static library",
    source: '#[no_mangle] pub extern "C" fn top() -> i32 { mid::mid() }\n',
    type: "staticlib",
    args: ["--extern", "mid=deps/libmid.rlib", "-L", "dependency=deps"],
    below: true,
  },
];

/** Builds the crate that bundles the archive, and once the one above it. */
function bundleBelow(dir: string): void {
  const low = '#[link(name = "part", kind = "static")] extern "C" { fn part() -> i32; }';
  writeTree(dir, {
    "low.rs": `${low}\npub fn low() -> i32 { unsafe { part() } }\n`,
    "mid.rs": "pub fn mid() -> i32 { low::low() }\n",
  });
  const shape = { emit: "link", outDir: "deps" };
  const args = ["-L", "native=nat"];
  mustSucceed(world.plainRustc(dir, { ...shape, name: "low", source: "low.rs", args }));
  const above = ["--extern", "low=deps/liblow.rlib"];
  mustSucceed(world.plainRustc(dir, { ...shape, name: "mid", source: "mid.rs", args: above }));
}

for (const observed of [true, false]) {
  const how = observed ? "with the observer" : "with the observer off";
  describe(`${how}, an archive is made again when what it takes in changes:`, () => {
    for (const { fact, source, type, args, appears, below } of BUNDLES) {
      test(fact, () => {
        bundles += 1;
        const name = `bundle${bundles}`;
        const dir = world.project(name, { "src/lib.rs": source });
        const provide = (value: number, where = "nat") => {
          makePart(world, dir, `${where}/libpart.a`, value);
          if (below === true) bundleBelow(dir);
        };
        provide(1);
        const env = observed ? {} : { KACHE_OBSERVE: "0" };
        const build = () =>
          outcomeOf(mustSucceed(world.rustc(dir, { name, type, emit: "link", args, env })));
        const first = build();
        if (observed) expect([first, build()]).toEqual(["misses", "hits"]);
        provide(2, appears);
        expect(build()).not.toBe("hits");
      });
    }
  });
}

test("a program linked with a C library without a symbol table is served in another checkout", () => {
  const native = world.project("stripped", {});
  makePart(world, native, "libpart.so", 7);
  mustSucceed(world.run(["strip", join(native, "libpart.so")]));
  // Cargo hands on `rustc-link-search` without a kind like that: crates are looked for there as well.
  const args = ["-L", native, "-l", "part", "-C", `link-arg=-Wl,-rpath,${native}`];
  const call = { name: "far", source: "src/main.rs", type: "bin", emit: "link", args };
  const build = (checkout: string) => {
    const dir = world.project(checkout, { "Cargo.toml": "", "src/main.rs": CALLS_PART });
    const run = mustSucceed(world.rustc(dir, call));
    expect(world.run([join(dir, "out/far")]).stdout.trim()).toBe("7");
    return outcomeOf(run);
  };
  expect(build("near/far-away")).toBe("misses");
  expect(build("far")).toBe("hits");
});
