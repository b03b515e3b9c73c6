// Macros that hold a path of the checkout (`-DDATADIR="/project/share"`): every file gets them, few name
// them. Where the sources cannot name one, two checkouts share the object; anywhere else they do not.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ccOutcome } from "../support/cc-pair.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-definitions");

interface Row {
  readonly fact: string;
  readonly second: "hits" | "misses";
  readonly source: string;
  readonly header?: string;
  readonly args?: readonly string[];
  readonly compiler?: string;
}

const UNUSED = '#include "x.h"\nint x(void) { return 1; }\n';
const quoted = (path: string) => `-DDATADIR="${path}"`;

const rows: readonly Row[] = [
  { fact: "unnamed, the object is shared", second: "hits", source: UNUSED },
  { fact: "unnamed, with debug information", second: "hits", source: UNUSED, args: ["-g"] },
  {
    fact: "a string of it",
    second: "misses",
    source: "const char *x(void) { return DATADIR; }\n",
  },
  {
    fact: "its length alone, of which no trace is a path",
    second: "misses",
    source: "int x(void) { return sizeof DATADIR; }\n",
  },
  {
    fact: "whether it is defined",
    second: "misses",
    source: "#ifdef DATADIR\nint x;\n#endif\n",
  },
  {
    fact: "a header names it",
    second: "misses",
    source: UNUSED,
    header: "static const char *const d = DATADIR;\n",
  },
  {
    fact: "a name over two lines",
    second: "misses",
    source: "int x(void) { return sizeof DATA\\\nDIR; }\n",
  },
  {
    fact: "a name pasted together",
    second: "misses",
    source: "#define P(a, b) a##b\nint x(void) { return sizeof P(DATA, DIR); }\n",
  },
  {
    fact: "a name pasted of three",
    second: "misses",
    source:
      "#define P(a, b) a##b\n#define Q(a, b) P(a, b)\nint x(void) { return sizeof Q(P(DA, TA), DIR); }\n",
  },
  {
    fact: "parts that do not make the whole",
    second: "hits",
    source: "#define P(a, b) a##b\nint P(DATA, IR) = 1, DAT, DI;\n",
  },
  {
    fact: "parts in comments and strings",
    second: "hits",
    source: '/* DATA " */ const char *x = "DATA /*"; char y = \'"\'; /* DIR \' */\n',
  },
  {
    fact: "parts behind quotes in comments and comments in quotes",
    second: "misses",
    source:
      "/* it's \" */\n// don't /*\n#define P(a, b) a##b\nconst char *q = \"/*\";\nchar c = '\"', d = '\\'';\n" +
      "int x(void) { return sizeof P(DATA, DIR); } /* */\n",
  },
  {
    fact: "parts in comments beside a string that ends in R",
    second: "hits",
    source: '/* DATA DIR */ const char *x = "ERROR";\n',
  },
  {
    fact: "parts behind a raw string",
    second: "misses",
    source:
      '#define P(a, b) a##b\nconst char *r = R"(" /* )";\nint x(void) { return sizeof P(DATA, DIR); } /* */\n',
    args: ["-xc++", "-std=c++14"],
  },
  {
    fact: "parts behind separated digits",
    second: "misses",
    source: "#define P(a, b) a##b\nint x(void) { return 1'0 + sizeof P(DATA, DIR) + 2'0; }\n",
    args: ["-xc++", "-std=c++14"],
  },
  {
    fact: "another macro names it",
    second: "misses",
    source: "int x(void) { return sizeof OTHER; }\n",
    args: ["-DOTHER=DATADIR"],
  },
  { fact: "debug information of macros", second: "misses", source: UNUSED, args: ["-g3"] },
  { fact: "make rules", second: "hits", source: UNUSED, args: ["-MD"] },
];

function compile(dir: string, row: Row, define: string) {
  const args = ["-O1", define, ...(row.args ?? []), "-c", "x.c", "-o", "x.o"];
  rmSync(join(dir, "x.o"), { force: true });
  const run = world.run([kache, row.compiler ?? "gcc", ...args], { cwd: dir });
  expect(run.stderr).toBe("");
  return { outcome: ccOutcome(run), object: readFileSync(join(dir, "x.o")) };
}

let projects = 0;

function runRow(row: Row): void {
  projects += 1;
  const salt = `/* ${String(projects)} */\n`;
  const files: Files = { "x.c": salt + row.source, "x.h": row.header ?? "" };
  const [first, second] = ["one/p", "another/place/p"].map((place) =>
    world.project(`${place}${String(projects)}`, files),
  ) as [string, string];
  const at = (dir: string) => compile(dir, row, quoted(`${dir}/share`));
  const cold = at(first);
  expect(cold.outcome).toBe("misses");
  const other = at(second);
  expect(other.outcome).toBe(row.second);
  const map = `-ffile-prefix-map=${second}=.`;
  const plain = [map, "-O1", quoted(`${second}/share`), ...(row.args ?? []), "-c", "x.c"];
  world.run([row.compiler ?? "gcc", ...plain, "-o", "plain.o"], { cwd: second });
  expect(other.object).toEqual(readFileSync(join(second, "plain.o")));
  expect(at(first)).toEqual({ outcome: "hits", object: cold.object });
  expect(at(second)).toEqual({ outcome: "hits", object: other.object });
  expect(compile(first, row, quoted(`${first}/lib`)).outcome).toBe("misses");
}

for (const row of rows) {
  test(`${row.fact} (gcc)`, () => {
    runRow(row);
  });
  testUnless(missing("clang"), `${row.fact} (clang)`, () => {
    runRow({ ...row, compiler: "clang" });
  });
}

test("a value below OUT_DIR, of an object that lies deep in it", () => {
  const files: Files = {
    "target/CACHEDIR.TAG": "",
    "target/debug/build/a-1/out/b/c/src/d/e/f/g/h/x.c": "int x(void) { return 3; }\n",
  };
  const outcomes = ["cargo/one", "cargo/another/place"].map((place) => {
    const project = world.project(place, files);
    const outDir = join(project, "target/debug/build/a-1/out");
    return ccOutcome(
      world.run(
        [kache, "gcc", quoted(`${outDir}/lib`), "-c", "d/e/f/g/h/x.c", "-o", "d/e/f/g/h/x.o"],
        {
          cwd: join(outDir, "b/c/src"),
          env: { OUT_DIR: outDir, CARGO_MANIFEST_DIR: project },
        },
      ),
    );
  });
  expect(outcomes).toEqual(["misses", "hits"]);
});

test("a value that looks like a mapped path is not one", () => {
  const row: Row = { fact: "", second: "misses", source: "int x(void) { return 2; }\n" };
  const dir = world.project("literal", { "x.c": row.source, "x.h": "" });
  expect(compile(dir, row, quoted(`${dir}/share`)).outcome).toBe("misses");
  expect(compile(dir, row, quoted("<WORKSPACE>/share")).outcome).toBe("misses");
});
