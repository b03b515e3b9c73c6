// Units that read what rustc does not report: macros that look at files, directories and the environment,
// and links. Whatever was looked at counts, the rest does not; with the observer off, needless misses are
// allowed and stale hits are not.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { LOOKED_AT, type Look, Looks } from "../support/looks.ts";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { compileC, kache } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("observer");

const looks = new Looks(world);
beforeAll(() => {
  looks.makeMacros();
});

const COUNTS: readonly Look[] = [
  { fact: "a file it read is edited", asks: 'read_file!("data.txt")', edit: { "data.txt": "two" } },
  {
    fact: "a file it read is removed",
    asks: 'read_file!("data.txt")',
    edit: { "data.txt": undefined },
  },
  {
    fact: "a file it read in vain appears",
    asks: 'read_file!("later.txt")',
    edit: { "later.txt": "here" },
  },
  {
    fact: "a file outside the package is edited",
    asks: 'read_file!("../shared.txt")',
    files: { "../shared.txt": "one" },
    edit: { "../shared.txt": "two" },
    observerOnly: true,
  },
  { fact: "a directory it listed gets a file", asks: 'list!("dir")', edit: { "dir/b": "" } },
  {
    fact: "a directory it listed loses a file",
    asks: 'list!("dir")',
    edit: { "dir/a": undefined },
  },
  {
    fact: "a directory below the one it walked gets a file",
    asks: 'walk!("dir")',
    files: { "dir/deep/er/a": "" },
    edit: { "dir/deep/er/b": "" },
  },
  {
    fact: "a directory appears below the one it walked",
    asks: 'walk!("dir")',
    edit: { "dir/new/b": "" },
  },
  {
    fact: "a directory it looked for in vain appears",
    asks: 'list!("none")',
    edit: { "none/a": "" },
  },
  { fact: "a file it tested for appears", asks: 'exists!("later.txt")', edit: { "later.txt": "" } },
  {
    fact: "a file it tested for goes away",
    asks: 'exists!("data.txt")',
    edit: { "data.txt": undefined },
  },
  { fact: "a directory it tested for goes away", asks: 'exists!("dir")', edit: { dir: undefined } },
  { fact: "a variable it read is set", asks: 'variable!("COLOUR")', set: { COLOUR: "red" } },
  {
    fact: "a variable it read changes",
    asks: 'variable!("COLOUR")',
    env: { COLOUR: "red" },
    set: { COLOUR: "blue" },
  },
  {
    fact: "a variable it read is unset",
    asks: 'variable!("COLOUR")',
    env: { COLOUR: "red" },
    set: { COLOUR: undefined },
  },
  { fact: "a variable it read becomes empty", asks: 'variable!("COLOUR")', set: { COLOUR: "" } },
  ...["CI", "HOME", "PATH", "TERM", "RUST_BACKTRACE", "TMPDIR"].map((name) => ({
    fact: `${name} changes, which it read and the compiler reads anyway`,
    asks: `variable!("${name}")`,
    env: { [name]: name === "PATH" ? process.env["PATH"] : "/one" },
    set: { [name]: name === "PATH" ? `${process.env["PATH"] ?? ""}:/two` : "/two" },
    // A terminal's kind is noise to the conservative rule.
    observerOnly: name === "TERM",
  })),
  {
    fact: "the working directory, which it listed, gets a file",
    asks: 'list!(".")',
    edit: { b: "" },
  },
  {
    fact: "a variable appears among those it walked",
    asks: 'environment!("COL")',
    set: { COLOUR: "red" },
  },
  {
    fact: "LD_LIBRARY_PATH changes, which it walked",
    asks: 'environment!("LD_LIB")',
    env: { LD_LIBRARY_PATH: "/one" },
    set: { LD_LIBRARY_PATH: "/two" },
  },
  {
    fact: "a file its child read is edited",
    asks: 'child!("cat data.txt")',
    edit: { "data.txt": "two" },
  },
  {
    fact: "a variable its child read changes",
    asks: 'child!("echo $COLOUR")',
    set: { COLOUR: "red" },
  },
  {
    fact: "a variable read by a child's child changes",
    asks: 'child!("env | grep COLOUR | cat")',
    set: { COLOUR: "red" },
  },
];

const NOISE: readonly Look[] = [
  {
    fact: "a file it did not read is edited",
    asks: 'read_file!("data.txt")',
    edit: { "other.txt": "two" },
  },
  { fact: "a new file appears elsewhere", asks: 'exists!("data.txt")', edit: { "new.txt": "" } },
  {
    fact: "a listed directory's file changes its content",
    asks: 'list!("dir")',
    edit: { "dir/a": "other" },
  },
  { fact: "another variable changes", asks: 'variable!("COLOUR")', set: { FLAVOUR: "sweet" } },
];

for (const observed of [true, false]) {
  const how = observed ? "with the observer" : "with the observer off";
  for (const direct of [true, false]) {
    const whose = direct ? "its own macro" : "a macro that a library hands on";
    describe(`${how}, a unit with ${whose} is compiled again when`, () => {
      for (const look of COUNTS.filter(({ observerOnly }) => observed || observerOnly !== true)) {
        test(look.fact, () => {
          const { dir, build } = looks.unit(look, direct, observed);
          const first = build();
          if (observed)
            expect([outcomeOf(first), first.events[0]?.observed]).toEqual(["misses", "observed"]);
          if (observed) expect(outcomeOf(build())).toBe("hits");
          writeTree(dir, look.edit ?? {});
          expect(outcomeOf(build(look.set))).not.toBe("hits");
        });
      }
    });
  }
}

describe("with the observer, a unit with a macro is served when", () => {
  for (const look of NOISE) {
    test(look.fact, () => {
      const { dir, build } = looks.unit(look, true, true);
      expect(outcomeOf(build())).toBe("misses");
      writeTree(dir, look.edit ?? {});
      expect(outcomeOf(build(look.set))).toBe("hits");
    });
  }
});

test("with the observer off, a unit with a macro is still served when nothing changed", () => {
  const { build } = looks.unit({ fact: "", asks: 'read_file!("data.txt")' }, true, false);
  expect(outcomeOf(build())).toBe("misses");
  expect(outcomeOf(build())).toBe("hits");
});

test("values that are not UTF-8 differ when a macro reads them", () => {
  const { dir } = looks.unit({ fact: "", asks: 'variable!("RAW")' }, true, true);
  mkdirSync(join(dir, "out"), { recursive: true });
  const words = world.rustcWords({ name: "raw", emit: "metadata", args: looks.externOf("looker") });
  const outcomes = ["351", "352"].map((byte) => {
    const script = `RAW="$(printf '\\\\${byte}')" exec ${[kache, ...words].join(" ")}`;
    return outcomeOf(mustSucceed(world.run(["sh", "-c", script], { cwd: dir })));
  });
  expect(outcomes[1]).not.toBe("hits");
});

test("the very first compile of a cache, which puts the observer in place, is kept", () => {
  const dir = world.project("first", { "src/main.rs": "fn main() {}\n" });
  const env = { KACHE_CACHE_DIR: world.path("first-cache") };
  const call: RustcCall = { name: "first", type: "bin", source: "src/main.rs", env };
  expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe("misses");
  expect(outcomeOf(mustSucceed(world.rustc(dir, call)))).toBe("hits");
});

describe("a macro and its children see the environment of a plain build:", () => {
  for (const [asker, asks] of [
    ["a macro", 'environment!("")'],
    ["its child", 'child!("env")'],
    ["its child's child, whose environment was cleared", "child!(\"env -i sh -c 'env'\")"],
  ] as const) {
    for (const preload of [undefined, ""]) {
      const how = preload === undefined ? "" : " beside an LD_PRELOAD of the user's";
      test(`${asker}${how}`, () => {
        const { dir, call } = looks.unit(
          { fact: "", asks, env: { LD_PRELOAD: preload } },
          true,
          true,
        );
        // A program that prints what the macro said.
        writeTree(dir, { "src/main.rs": `fn main() { println!("{}", walker::${asks}); }\n` });
        const program: RustcCall = { ...call, source: "src/main.rs", type: "bin", emit: "link" };
        const compiles = [() => world.rustc(dir, program), () => world.plainRustc(dir, program)];
        const said = compiles.map((compile) => {
          mustSucceed(compile());
          const ran = world.run([join(dir, "out", call.name ?? "")]);
          return ran.stdout.trim();
        });
        expect(said[0]).toBe(said[1] ?? "");
      });
    }
  }
});

describe("the working directory's own name, which another checkout does not share,", () => {
  for (const [fact, asks, second] of [
    ["counts when a macro asked for it", "place!()", "misses"],
    ["counts when a macro resolved a relative path", 'real!("data.txt")', "misses"],
    ["does not count when a macro only read there", 'read_file!("data.txt")', "hits"],
  ] as const) {
    test(fact, () => {
      const { dir, call } = looks.unit({ fact, asks }, true, true);
      const here = { ...call, env: { CARGO_MANIFEST_DIR: undefined } };
      expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("misses");
      expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("hits");
      const other = world.project(`elsewhere/${call.name ?? ""}`, {
        "src/lib.rs": `pub const SAID: &str = looker::${asks};\n`,
        ...LOOKED_AT,
      });
      expect(outcomeOf(mustSucceed(world.rustc(other, here)))).toBe(second);
    });
  }
});

/** What a macro looks at: in another checkout with the same content, and after it differs there. Shells ask where they are. */
const TWICE: readonly (Look & { readonly equal: "hits" | "misses" })[] = [
  {
    fact: "reads a file",
    asks: 'read_file!("data.txt")',
    edit: { "data.txt": "two" },
    equal: "hits",
  },
  { fact: "lists a directory", asks: 'list!("dir")', edit: { "dir/b": "" }, equal: "hits" },
  { fact: "walks a directory", asks: 'walk!("dir")', edit: { "dir/deep/b": "" }, equal: "hits" },
  {
    fact: "tests for a file",
    asks: 'exists!("later.txt")',
    edit: { "later.txt": "" },
    equal: "hits",
  },
  { fact: "reads a variable", asks: 'variable!("COLOUR")', set: { COLOUR: "red" }, equal: "hits" },
  {
    fact: "walks the variables",
    asks: 'environment!("COL")',
    set: { COLOUR: "red" },
    equal: "hits",
  },
  {
    fact: "runs a child",
    asks: 'child!("cat data.txt")',
    edit: { "data.txt": "two" },
    equal: "misses",
  },
];

describe("a program is right in two checkouts whose macro", () => {
  for (const look of TWICE) {
    test(look.fact, () => {
      const { dir, call, through } = looks.unit(look, true, true);
      const text = `fn main() { println!("{}", ${through}::${look.asks}); }\n`;
      writeTree(dir, { "src/main.rs": text });
      const other = world.project(`elsewhere/${call.name ?? ""}/at/another/depth`, {
        "src/main.rs": text,
        ...LOOKED_AT,
      });
      const program = (env: Variables): RustcCall => ({
        ...{ ...call, source: "src/main.rs", type: "bin", emit: "link" },
        env: { CARGO_MANIFEST_DIR: undefined, ...env },
      });
      const said = (at: string) => world.run([join(at, "out", call.name ?? "")]).stdout;
      const compile = (at: string, env: Variables = {}) => {
        const run = mustSucceed(world.rustc(at, program(env)));
        return [outcomeOf(run), said(at)] as const;
      };
      const [outcome, first] = compile(dir);
      expect(outcome).toBe("misses");
      expect(compile(other)).toEqual([look.equal, first]);
      writeTree(other, look.edit ?? {});
      const [changed, second] = compile(other, look.set);
      mustSucceed(world.plainRustc(other, program(look.set ?? {})));
      expect([changed, second]).toEqual(["misses", said(other)]);
      expect(second).not.toBe(first);
      expect(compile(dir)).toEqual(["hits", first]);
    });
  }
});

test("a file that a macro read beside the project is each checkout's own", () => {
  const asks = 'read_file!("../beside.txt")';
  const files = { "../beside.txt": "one" };
  const { dir, call } = looks.unit({ fact: "", asks, files }, true, true);
  const here = { ...call, env: { CARGO_MANIFEST_DIR: undefined } };
  expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("misses");
  expect(outcomeOf(mustSucceed(world.rustc(dir, here)))).toBe("hits");
  const other = world.project(`elsewhere/${call.name ?? ""}/package`, {
    "src/lib.rs": `pub const SAID: &str = looker::${asks};\n`,
    ...LOOKED_AT,
    "../beside.txt": "two",
  });
  expect(outcomeOf(mustSucceed(world.rustc(other, here)))).toBe("misses");
  writeTree(other, files);
  expect(outcomeOf(mustSucceed(world.rustc(other, here)))).toBe("hits");
});

const STATIC_CAT = `#include <fcntl.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char text[64];
  int fd = open(argv[1], O_RDONLY);
  long size = fd < 0 ? 0 : read(fd, text, sizeof text);
  return write(1, text, size) < 0;
}
`;

describe("where nobody can watch, the event says why:", () => {
  const program = world.path("static-cat");
  const isStatic = compileC(STATIC_CAT, program, "-static");

  testUnless(
    isStatic ? undefined : "no static C library",
    "a static child of a macro is not known",
    () => {
      const asks = `child!("${program} data.txt")`;
      const { build } = looks.unit({ fact: "", asks }, true, true);
      for (const run of [build(), build()]) {
        expect(outcomeOf(run)).toMatch(
          /^skipped after 1 compiles: inputs cannot be known \(unwatchable static: .*static-cat\)$/,
        );
      }
    },
  );

  test("with the observer switched off the whole package counts", () => {
    const { build } = looks.unit({ fact: "", asks: 'read_file!("data.txt")' }, true, false);
    expect(build().events[0]?.observed).toBe("fallback: observer off");
  });
});
