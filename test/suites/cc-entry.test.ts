// Ways to be called for C and C++: as a launcher, under a compiler's name, and by callers that drop the
// compiler's name. Each must end as the compiler alone would.
import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Run, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

const world = worldFor("cc-entry");
const project = world.project("project", {
  "x.c":
    '#ifdef __clang__\nconst char *family = "clang";\n#else\nconst char *family = "gcc";\n#endif\nint private;\n',
  "bad.c": "int main( {\n",
  "x.cpp": "namespace n { int f() { return 3; } }\n",
});

const gcc = Bun.which("gcc") ?? "";
const clang = Bun.which("clang") ?? "";
const systemPath = process.env["PATH"] ?? "";

/** The environment has no PATH entry with a link of ours, unless the case makes one. */
function run(words: readonly string[], env: Variables = {}): Run {
  return world.run(words, { cwd: project, env });
}

function object(): Buffer {
  return readFileSync(join(project, "x.o"));
}

function plainObject(compiler: string): Buffer {
  expect(run([compiler, "-c", "x.c"]).exitCode).toBe(0);
  const bytes = object();
  expect(bytes.length).toBeGreaterThan(0);
  return bytes;
}

/** Fails unless the run made the object that the compiler alone makes, and said what it says. */
function expectAsBy(compiler: string, ran: Run): void {
  expect({ status: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr }).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  expect(object()).toEqual(plainObject(compiler));
}

let shims = 0;

function shimDirectory(name: string, how: (target: string, path: string) => void): string {
  shims += 1;
  const dir = world.path(`shims${shims}`);
  mkdirSync(dir);
  how(kache, join(dir, name));
  return dir;
}

describe("a launcher in front of the compiler", () => {
  test("a call ends as the compiler's own", () => {
    expectAsBy("gcc", run([kache, "gcc", "-c", "x.c"]));
    const words = ["gcc", "-c", "bad.c"];
    const plain = run(words);
    const ours = run([kache, ...words]);
    expect([ours.exitCode, ours.stdout, ours.stderr]).toEqual([
      plain.exitCode,
      plain.stdout,
      plain.stderr,
    ]);
  });

  test("kache in front of kache acts once", () => {
    const ran = run([kache, kache, "gcc", "-c", "x.c"]);
    expectAsBy("gcc", ran);
    expect(ran.events.map(({ crate_name: name }) => name)).toEqual(["x.c"]);
  });

  test("in a compiler that we run ourselves we do not act again", () => {
    const ran = run([kache, "gcc", "-c", "x.c"], { KACHE_ACTIVE: "1" });
    expectAsBy("gcc", ran);
    expect(ran.events).toEqual([]);
  });

  test("switched off, nothing is recorded", () => {
    const ran = run([kache, "gcc", "-c", "x.c"], { KACHE_DISABLED: "1" });
    expectAsBy("gcc", ran);
    expect(ran.events).toEqual([]);
  });

  testUnless(missing("ccache"), "another cache behind us does its own work", () => {
    const env = { CCACHE_DIR: world.path("ccache"), CCACHE_NOHASHDIR: "1" };
    const ran = run([kache, "ccache", "gcc", "-c", "x.c"], env);
    expectAsBy("gcc", ran);
    expect(ran.events.map((event) => event.passthrough_reason)).toEqual([
      "refused: ccache stands before the compiler",
    ]);
  });

  test("a script of any name runs as it is called", () => {
    const script = world.path("compile");
    writeFileSync(script, '#!/bin/sh\nexec gcc "$@"\n', { mode: 0o755 });
    const ran = run([kache, script, "-c", "x.c"]);
    expectAsBy("gcc", ran);
    expect(ran.events.map((event) => event.passthrough_reason)).toEqual([
      "refused: compile is no compiler known by its name",
    ]);
  });

  test("a compiler that is not there gives a shell's status and a line that names it", () => {
    const ran = run([kache, "no-such-gcc", "-c", "x.c"]);
    expect(ran.exitCode).toBe(127);
    expect(ran.stderr).toContain("no-such-gcc");
  });
});

describe("the cc crate's question for the family", () => {
  const SITUATIONS: readonly (readonly [string, Variables])[] = [
    ["ordinarily", {}],
    ["switched off", { KACHE_DISABLED: "1" }],
    ["inside a compiler of ours", { KACHE_ACTIVE: "1" }],
    ["without PATH", { PATH: "" }],
  ];
  for (const [situation, env] of SITUATIONS) {
    testUnless(missing("clang"), `the environment's compiler answers: ${situation}`, () => {
      for (const compiler of [gcc, clang]) {
        const family = compiler === gcc ? "gcc" : "clang";
        const ran = run([kache, "-E", "x.c"], { CC: `kache ${compiler}`, ...env });
        expect(ran.stdout).toContain(`family = "${family}"`);
        expect([ran.exitCode, ran.events]).toEqual([0, []]);
      }
    });
  }

  test("its status is the compiler's", () => {
    expect(run([kache, "-E", "no-such-file.c"], { CC: "kache gcc" }).exitCode).toBe(1);
  });

  test("the system's compiler answers where no variable names one", () => {
    const ran = run([kache, "-E", "x.c"]);
    expect([ran.exitCode, ran.stdout]).toEqual([0, run(["cc", "-E", "x.c"]).stdout]);
  });
});

describe("callers that drop the compiler's name", () => {
  testUnless(missing("clang"), "flags alone go to the compiler that the environment names", () => {
    const env = { CC: `${kache} clang`, CXX: `${kache} clang++` };
    expectAsBy("clang", run([kache, "-c", "x.c"], env));
    expectAsBy("clang", run([kache, "x.c", "-c"], env));
    const cxx = run([kache, "-c", "x.cpp", "-o", "x.o"], env);
    expect(cxx.exitCode).toBe(0);
    expect(run([kache, "-v"], env).stderr).toContain("clang version");
  });

  testUnless(missing("clang"), "C goes to the C driver where only CXX names a compiler", () => {
    // As make leaves it, which hands the CC of its own makefile on.
    const env = { CC: kache, CXX: `${kache} clang++` };
    expectAsBy("clang", run([kache, "-c", "x.c"], env));
    const cxx = run([kache, "-c", "x.cpp", "-o", "x.o"], env);
    expect([cxx.exitCode, cxx.stderr]).toEqual([0, ""]);
  });

  test("without such a variable they go to the system's compiler", () => {
    expectAsBy("cc", run([kache, "-c", "x.c"]));
  });

  test("options of ours and mistakes are still the command line's", () => {
    const env = { CC: `${kache} gcc` };
    expect(run([kache, "--version"], env).stdout).toMatch(/^kache /);
    expect(run([kache, "--help"], env).stdout).toMatch(/^kache /);
    expect(run([kache, "--verison"], env).exitCode).toBe(2);
    expect(run([kache, "-v"]).exitCode).toBe(2);
    expect(run([kache, "x.c"]).exitCode).toBe(2);
  });
});

describe("called under a compiler's name", () => {
  const WAYS: readonly (readonly [string, (target: string, path: string) => void])[] = [
    ["a symbolic link", symlinkSync],
    ["a hard link", linkOrCopy],
    ["a copy", copyExecutable],
  ];
  for (const [way, make] of WAYS) {
    test(`${way} on PATH stands for the next gcc`, () => {
      const dir = shimDirectory("gcc", make);
      const env = { PATH: `${dir}:${systemPath}` };
      const ran = run(["/bin/sh", "-c", "gcc -c x.c"], env);
      expectAsBy("gcc", ran);
      expect(ran.events.map(({ crate_name: name }) => name)).toEqual(["x.c"]);
    });

    test(`${way} called by its path stands for the first gcc on PATH`, () => {
      const dir = shimDirectory("gcc", make);
      expectAsBy("gcc", run([join(dir, "gcc"), "-c", "x.c"]));
    });

    test(`${way} as the compiler behind us is stepped over`, () => {
      const dir = shimDirectory("gcc", make);
      const ran = run([kache, join(dir, "gcc"), "-c", "x.c"]);
      expectAsBy("gcc", ran);
      const named = run([kache, "gcc", "-c", "x.c"], { PATH: `${dir}:${systemPath}` });
      expectAsBy("gcc", named);
      expect(named.events).toHaveLength(1);
    });
  }

  test("two directories of links, and one named relatively, do not go in a circle", () => {
    const one = shimDirectory("gcc", symlinkSync);
    const two = shimDirectory("gcc", copyExecutable);
    symlinkSync(one, join(project, "links"));
    const env = { PATH: `${one}:${two}:links:${systemPath}` };
    expectAsBy("gcc", run(["/bin/sh", "-c", "gcc -c x.c"], env));
    expectAsBy("gcc", run(["links/gcc", "-c", "x.c"], env));
  });

  test("a wrapper that looks along PATH as we do is not called for ever", () => {
    const dir = shimDirectory("gcc", symlinkSync);
    const other = world.path("other-wrapper");
    mkdirSync(other);
    // Behaves like ccache under another name: the next gcc that is not itself.
    writeFileSync(join(other, "gcc"), `#!/bin/sh\nPATH=${dir}:$PATH exec gcc "$@"\n`, {
      mode: 0o755,
    });
    const ran = run([join(dir, "gcc"), "-c", "x.c"], { PATH: `${other}:/usr/bin:/bin` });
    expect([ran.exitCode, ran.stderr]).toEqual([0, ""]);
  });

  test("where there is no other compiler of that name the message says so", () => {
    const dir = shimDirectory("gcc", symlinkSync);
    const ran = run([join(dir, "gcc"), "-c", "x.c"], { PATH: dir });
    expect(ran.exitCode).toBe(127);
    expect(ran.stderr).toContain("no program `gcc` besides kache itself is on PATH");
  });

  testUnless(missing("clang"), "kache-<compiler> is a launcher in one word", () => {
    const dir = shimDirectory("kache-clang", symlinkSync);
    expectAsBy("clang", run([join(dir, "kache-clang"), "-c", "x.c"]));
  });

  test("names that are not UTF-8 reach the compiler byte by byte", () => {
    const dir = shimDirectory("gcc", symlinkSync);
    const source = Buffer.concat([
      Buffer.from(`${project}/`),
      Buffer.from([0xff]),
      Buffer.from(".c"),
    ]);
    writeFileSync(source, "int x;\n");
    const script = world.path("not-utf8.sh");
    for (const words of [`${dir}/gcc`, `${kache} gcc`, `${kache} ${kache} gcc`, kache]) {
      const command = Buffer.concat([
        Buffer.from(`${words} -c `),
        source,
        Buffer.from(" -o x.o\n"),
      ]);
      writeFileSync(script, command);
      const ran = run(["/bin/sh", script]);
      expect([words, ran.exitCode, ran.stderr]).toEqual([words, 0, ""]);
    }
  });
});

function copyExecutable(target: string, path: string): void {
  copyFileSync(target, path);
}

/** A hard link, or a copy where the temporary directory is on another file system. */
function linkOrCopy(target: string, path: string): void {
  const beside = join(dirname(path), "kache-beside");
  copyFileSync(target, beside);
  linkSync(beside, path);
}
