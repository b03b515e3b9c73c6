// Links: whatever the linker took in counts, wherever it was found, and so does what would be found
// before it. With the observer off, needless misses are allowed and stale hits are not.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CALLS_PART, makePart } from "../support/part.ts";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { resultsOf, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { missing, realRustc } from "../support/toolchain.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("links");
let links = 0;

/** A link and something the linker took in. */
interface Link {
  readonly fact: string;
  readonly files?: Files;
  readonly prepare?: (dir: string) => void;
  readonly args?: readonly string[] | ((dir: string) => readonly string[]);
  readonly env?: (dir: string) => Variables;
  readonly disturb: (dir: string) => void;
  /** What the program prints before and after. */
  readonly prints: readonly [string, string];
}

const PLAIN = 'fn main() { println!("plain"); }\n';

/** Makes a library or object there that gives this number. */
function part(path: string, value: number) {
  return (dir: string): void => {
    makePart(world, dir, path, value);
  };
}

function makeDriver(dir: string, path: string, comment: string): void {
  writeTree(dir, {
    [path]: `#!/bin/sh\n# ${comment}\nPATH=/usr/local/bin:/usr/bin:/bin exec cc "$@"\n`,
  });
  chmodSync(join(dir, path), 0o755);
}

/** A library that only declares what it links, and one above it. */
function makeLowAndMid(dir: string): void {
  makePart(world, dir, "nat/libpart.a", 1);
  const link = '#[link(name = "part", kind = "static", modifiers = "-bundle")]';
  writeTree(dir, {
    "low.rs": `${link} extern "C" { fn part() -> i32; }\npub fn low() -> i32 { unsafe { part() } }\n`,
    "mid.rs": "pub fn mid() -> i32 { low::low() }\n",
  });
  const shape = { emit: "link", outDir: "deps" };
  mustSucceed(
    world.plainRustc(dir, { ...shape, name: "low", source: "low.rs", args: ["-L", "native=nat"] }),
  );
  const args = ["--extern", "low=deps/liblow.rlib"];
  mustSucceed(world.plainRustc(dir, { ...shape, name: "mid", source: "mid.rs", args }));
}

/** Lets a program find its shared library where either of the searched directories has it. */
const RUNS_FROM_BOTH = ["-C", "link-arg=-Wl,-rpath,$ORIGIN/../early:$ORIGIN/../late"];

const LINKS: readonly Link[] = [
  {
    fact: "a static library two crates below changes",
    files: { "src/main.rs": 'fn main() { println!("{}", mid::mid()); }\n' },
    prepare: makeLowAndMid,
    args: ["--extern", "mid=deps/libmid.rlib", "-L", "dependency=deps", "-L", "native=nat"],
    disturb: part("nat/libpart.a", 2),
    prints: ["1", "2"],
  },
  {
    fact: "an object named by a link argument changes",
    files: { "src/main.rs": CALLS_PART },
    prepare: part("nat/value.o", 1),
    args: ["-C", "link-arg=nat/value.o"],
    disturb: part("nat/value.o", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a response file of the linker changes",
    files: { "src/main.rs": CALLS_PART, "link.rsp": "nat/one.o" },
    prepare: (dir) => {
      makePart(world, dir, "nat/one.o", 1);
      makePart(world, dir, "nat/two.o", 2);
    },
    args: ["-C", "link-arg=@link.rsp"],
    disturb: (dir) => {
      writeTree(dir, { "link.rsp": "nat/two.o" });
    },
    prints: ["1", "2"],
  },
  {
    fact: "a linker script changes",
    files: { "src/main.rs": CALLS_PART, "parts.ld": "INPUT(nat/one.o)\n" },
    prepare: (dir) => {
      makePart(world, dir, "nat/one.o", 1);
      makePart(world, dir, "nat/two.o", 2);
    },
    args: ["-C", "link-arg=parts.ld"],
    disturb: (dir) => {
      writeTree(dir, { "parts.ld": "INPUT(nat/two.o)\n" });
    },
    prints: ["1", "2"],
  },
  {
    fact: "an object that only a linker script names changes",
    files: { "src/main.rs": CALLS_PART, "parts.ld": "INPUT(nat/one.o)\n" },
    prepare: part("nat/one.o", 1),
    args: ["-C", "link-arg=parts.ld"],
    disturb: part("nat/one.o", 2),
    prints: ["1", "2"],
  },
  {
    fact: "an object that only a response file names changes",
    files: { "src/main.rs": CALLS_PART, "link.rsp": "nat/one.o" },
    prepare: part("nat/one.o", 1),
    args: ["-C", "link-arg=@link.rsp"],
    disturb: part("nat/one.o", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a library appears earlier in the search path",
    files: { "src/main.rs": CALLS_PART, "early/empty": "" },
    prepare: part("late/libpart.a", 1),
    args: ["-L", "native=early", "-L", "native=late", "-l", "part"],
    disturb: part("early/libpart.a", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a library appears in a search directory that was not there",
    files: { "src/main.rs": CALLS_PART },
    prepare: part("late/libpart.a", 1),
    args: ["-L", "native=early", "-L", "native=late", "-l", "part"],
    disturb: part("early/libpart.a", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a shared library appears earlier in the search path than the one of its kind",
    files: { "src/main.rs": CALLS_PART, "early/empty": "" },
    prepare: part("late/libpart.so", 1),
    args: [...["-L", "native=early", "-L", "native=late", "-l", "dylib=part"], ...RUNS_FROM_BOTH],
    disturb: part("early/libpart.so", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a static library appears earlier in the search path than a shared one",
    files: { "src/main.rs": CALLS_PART, "early/empty": "" },
    prepare: part("late/libpart.so", 1),
    args: [...["-L", "native=early", "-L", "native=late", "-l", "part"], ...RUNS_FROM_BOTH],
    disturb: part("early/libpart.a", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a library that the command names as static appears earlier in the search path",
    files: { "src/main.rs": CALLS_PART, "early/empty": "" },
    prepare: part("late/libpart.a", 1),
    args: ["-L", "native=early", "-L", "native=late", "-l", "static=part"],
    disturb: part("early/libpart.a", 2),
    prints: ["1", "2"],
  },
  {
    fact: "a shared library appears beside the static one",
    files: { "src/main.rs": CALLS_PART },
    prepare: part("late/libpart.a", 1),
    args: ["-L", "native=late", "-l", "part", "-C", "link-arg=-Wl,-rpath,$ORIGIN/../late"],
    disturb: part("late/libpart.so", 2),
    prints: ["1", "2"],
  },
  {
    fact: "the named linker's own text changes",
    files: { "src/main.rs": PLAIN },
    prepare: (dir) => {
      makeDriver(dir, "my-cc", "one");
    },
    args: ["-C", "linker=./my-cc"],
    disturb: (dir) => {
      makeDriver(dir, "my-cc", "two");
    },
    prints: ["plain", "plain"],
  },
  {
    fact: "a linker of one's own may not be run any more",
    files: {
      "src/main.rs": CALLS_PART,
      "tools/ld.bfd": '#!/bin/sh\nexec /usr/bin/ld.bfd -Learly "$@"\n',
    },
    prepare: (dir) => {
      makePart(world, dir, "early/libpart.a", 1);
      makePart(world, dir, "late/libpart.a", 2);
      chmodSync(join(dir, "tools/ld.bfd"), 0o755);
    },
    args: [
      ...["-L", "native=late", "-l", "dylib=part"],
      ...["-C", "link-arg=-fuse-ld=bfd", "-C", "link-arg=-Btools"],
    ],
    disturb: (dir) => {
      chmodSync(join(dir, "tools/ld.bfd"), 0o644);
    },
    prints: ["1", "2"],
  },
  {
    fact: "another cc appears earlier on PATH",
    files: { "src/main.rs": PLAIN, "tools/empty": "" },
    env: (dir) => ({ PATH: `${dir}/tools:${process.env["PATH"] ?? ""}` }),
    disturb: (dir) => {
      makeDriver(dir, "tools/cc", "one");
    },
    prints: ["plain", "plain"],
  },
];

for (const observed of [true, false]) {
  describe(`${observed ? "with the observer" : "with the observer off"}, a program is linked again when`, () => {
    for (const { fact, files, prepare, args, env, disturb, prints } of LINKS) {
      test(fact, () => {
        links += 1;
        const name = `link${links}`;
        const dir = world.project(name, files ?? {});
        prepare?.(dir);
        const variables = { ...env?.(dir), ...(observed ? {} : { KACHE_OBSERVE: "0" }) };
        const flags = typeof args === "function" ? args(dir) : (args ?? []);
        const call = {
          name,
          source: "src/main.rs",
          type: "bin",
          emit: "link",
          args: flags,
          env: variables,
        };
        const build = () => outcomeOf(mustSucceed(world.rustc(dir, call)));
        const program = join(dir, "out", name);
        const first = build();
        expect(world.run([program]).stdout.trim()).toBe(prints[0]);
        if (observed) expect(first).toBe("misses");
        if (observed) expect(build()).toBe("hits");
        disturb(dir);
        expect(build()).not.toBe("hits");
        expect(world.run([program]).stdout.trim()).toBe(prints[1]);
        expect(readFileSync(program).length).toBeGreaterThan(0);
      });
    }
  });
}

/** Marks the program by the name that it was called by, and by a text beside it. */
const NAMED_DRIVER = `#!/bin/sh
case $0 in *-one) mark=0x11;; *) mark=0x22;; esac
exec cc "-Wl,--build-id=$mark$(cat "$(dirname "$0")/mark")" "$@"
`;

test("a linker counts by its name and by where it lies", () => {
  const dir = world.project("named", {
    "src/main.rs": PLAIN,
    "here/mark": "11",
    "there/mark": "22",
  });
  for (const place of ["here", "there"]) {
    writeFileSync(join(dir, place, "ld-one"), NAMED_DRIVER, { mode: 0o755 });
    symlinkSync("ld-one", join(dir, place, "ld-two"));
  }
  const built = (linker: string, outcome: string) => {
    const args = ["-C", `linker=./${linker}`];
    const call = { name: "named", source: "src/main.rs", type: "bin", emit: "link", args };
    expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe(outcome);
    return readFileSync(join(dir, "out/named")).toString("latin1");
  };
  const first = built("here/ld-one", "misses");
  const others = [built("here/ld-two", "misses"), built("there/ld-one", "misses")];
  expect(new Set([first, ...others]).size).toBe(others.length + 1);
  expect(built("here/ld-one", "hits")).toBe(first);
});

describe("where ld looks for what a library needs", () => {
  for (const observed of [true, false]) {
    const fact = `LD_LIBRARY_PATH counts, ${observed ? "seen by the observer" : "with nobody watching"}`;
    testUnless(missing("ld.bfd"), fact, () => {
      links += 1;
      const name = `needs${links}`;
      const source = 'extern "C" { fn outer() -> i32; }\nfn main() { unsafe { outer(); } }\n';
      const dir = world.project(name, {
        "src/main.rs": source,
        "outer.c": "int part(void);\nint outer(void) { return part(); }\n",
      });
      makePart(world, dir, "inner/libpart.so", 1);
      mkdirSync(join(dir, "nat"));
      const script = "cc -shared -fPIC outer.c -o nat/libouter.so -Linner -lpart";
      mustSucceed(world.run(["sh", "-c", script], { cwd: dir }));
      const chosen = ["-C", "linker-features=-lld", "-C", "link-arg=-fuse-ld=bfd"];
      const build = (libraries: string | undefined) =>
        world.rustc(dir, {
          name,
          source: "src/main.rs",
          type: "bin",
          emit: "link",
          args: ["-L", "native=nat", "-l", "outer", ...chosen],
          compiler: [realRustc],
          env: { LD_LIBRARY_PATH: libraries, ...(observed ? {} : { KACHE_OBSERVE: "0" }) },
        });
      const inner = join(dir, "inner");
      expect(resultsOf(mustSucceed(build(inner)))).toEqual(["miss"]);
      expect(resultsOf(mustSucceed(build(inner)))).toEqual(["local_hit"]);
      const without = build(undefined);
      expect(without.stderr).toContain("undefined reference to `part'");
      expect(without.exitCode).toBe(1);
    });
  }
});
