// Which compiler a call runs and what it is asked: queries, argument files, compilers that change or are
// missing, rustup's proxies.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { resultsOf, type RustcCall, testUnless, type Variables, worldFor } from "../support/rig.ts";
import { scriptedCompiler } from "../support/rust-project.ts";
import {
  hostTriple,
  kache,
  missing,
  missingToolchain,
  realRustc,
  sysroot,
} from "../support/toolchain.ts";
import { digestFile, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("compilers");
let projects = 0;

function project(files: Record<string, string> = {}): { dir: string; call: RustcCall } {
  projects += 1;
  const name = `compiler${projects}`;
  return {
    dir: world.project(name, { "src/lib.rs": "pub fn f() {}\n", ...files }),
    call: { name },
  };
}

/** Compilers that cannot be started: a shell's status, the system's words, and what the event says if not those. */
const UNSTARTABLE: readonly {
  readonly fact: string;
  readonly make: (path: string) => void;
  readonly status: number;
  readonly words: string;
  readonly reason?: string;
}[] = [
  {
    fact: "are not there",
    make: () => undefined,
    status: 127,
    words: "No such file or directory (ENOENT)",
    reason: "gcc is absent",
  },
  {
    fact: "may not be executed",
    make: (path) => {
      writeFileSync(path, "#!/bin/sh\n", { mode: 0o644 });
    },
    status: 126,
    words: "Permission denied (EACCES)",
  },
];

describe("queries are rustc's own and leave no trace:", () => {
  const queries = [
    ["-vV"],
    ["-V"],
    ["--version"],
    ["--version", "--verbose"],
    ["--help"],
    ["-C", "help"],
    ["-W", "help"],
    ["--print", "cfg"],
    ["--print=sysroot"],
    ["--print", "target-list"],
    ["--explain", "E0425"],
    ["-", "--crate-name", "___", "--print=file-names", "--crate-type", "bin", "--print=cfg"],
    [],
    ["--no-such-flag"],
  ];
  for (const query of queries) {
    test(`rustc ${query.join(" ")}`, () => {
      const plain = world.run([world.rustcPath, ...query]);
      const run = world.run([kache, world.rustcPath, ...query]);
      expect([run.exitCode, run.stdout, run.stderr]).toEqual([
        plain.exitCode,
        plain.stdout,
        plain.stderr,
      ]);
      if (query[0] !== "--no-such-flag" && query.length > 0) expect(run.events).toEqual([]);
    });
  }
});

describe("argument files", () => {
  test("are expanded for the key and understood by the compiler", () => {
    const { dir, call } = project({ "all.args": "--cfg\nspecial value\n" });
    writeTree(dir, {
      "all.args": '--cfg\nfeature="with blank"\n',
      "src/lib.rs": '#[cfg(feature = "with blank")] pub fn f() {}\n',
    });
    const args = ["@all.args"];
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, args })))).toBe("misses");
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, args })))).toBe("hits");
  });

  test("that are missing fail as rustc fails", () => {
    const { dir, call } = project();
    const missingFile = { ...call, args: ["@none.args"] };
    const plain = world.plainRustc(dir, missingFile);
    const run = world.rustc(dir, missingFile);
    expect([run.exitCode, run.stderr]).toEqual([plain.exitCode, plain.stderr]);
  });

  test("longer than a command line may be are no matter", () => {
    const { dir, call } = project();
    const many = Array.from(
      { length: 40_000 },
      (_, index) => `--cfg\nlong_name_of_a_setting_${index}`,
    );
    writeFileSync(join(dir, "long.args"), `${many.join("\n")}\n`);
    const args = ["@long.args"];
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, args })))).toBe("misses");
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, args })))).toBe("hits");
  });
});

describe("compilers", () => {
  test("that do not exist end with one line and a shell's status", () => {
    const run = world.run([kache, "/no/such/rustc", "-vV"]);
    expect(run.exitCode).toBe(127);
    expect(run.stderr).toContain("/no/such/rustc");
  });

  for (const { fact, make, status, words, reason } of UNSTARTABLE) {
    test(`that ${fact} leave one event a call, which says why in words`, () => {
      const { dir, call } = project({ "x.c": "int x;\n" });
      const path = { rustc: join(dir, "rustc"), gcc: join(dir, "gcc") };
      const calls = [
        { name: "rustc", args: world.rustcWords(call).slice(1), said: words },
        { name: "gcc", args: ["-c", "x.c"], said: reason ?? words },
      ] as const;
      for (const { name, args, said } of calls) {
        make(path[name]);
        const run = world.run([kache, path[name], ...args], { cwd: dir });
        const line = `kache: cannot run ${path[name]}: ${words}\n`;
        expect([run.exitCode, run.stderr]).toEqual([status, line]);
        expect(run.events.map(({ result }) => result)).toEqual(["passthrough"]);
        expect(run.events[0]?.passthrough_reason).toContain(said);
      }
    });
  }

  test("called by a child of ours are not cached twice", () => {
    const { dir, call } = project();
    const run = mustSucceed(world.rustc(dir, { ...call, env: { KACHE_ACTIVE: "1" } }));
    expect([run.events, run.compiles.length]).toEqual([[], 1]);
  });

  test("that change their bytes at the same place count", () => {
    const { dir, call } = project();
    const compiler = [scriptedCompiler(dir, `exec ${world.rustcPath} "$@"`)];
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, compiler })))).toBe("misses");
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, compiler })))).toBe("hits");
    scriptedCompiler(dir, `: changed; exec ${world.rustcPath} "$@"`);
    expect(outcomeOf(mustSucceed(world.rustc(dir, { ...call, compiler })))).toBe("misses");
  });
});

describe("a script in place of rustc", () => {
  /** What is compiled with it, and what it chose. */
  function chosen(body: string) {
    const says = (word: string) =>
      `#[cfg(chosen = "${word}")] pub const SAID: &str = "it is ${word}";\n`;
    const source = says("one") + says("two");
    const { dir, call } = project({ "src/lib.rs": source, choice: "one" });
    const compiler = [scriptedCompiler(dir, body.replace("DIR", dir))];
    const shape = { ...call, compiler, emit: "dep-info,metadata" };
    const build = (env: Variables = {}) => {
      const [event] = mustSucceed(world.rustc(dir, { ...shape, env })).events;
      const library = readFileSync(join(dir, `out/lib${call.name ?? ""}.rmeta`), "latin1");
      return [event?.result, /it is (one|two)/.exec(library)?.[1]];
    };
    return { dir, build };
  }
  const run = `exec ${realRustc} "$@" --cfg`;

  test("counts by the files that it reads", () => {
    const { dir, build } = chosen(`read choice < DIR/choice\n${run} "chosen=\\"$choice\\""`);
    expect([build(), build()]).toEqual([
      ["miss", "one"],
      ["local_hit", "one"],
    ]);
    writeTree(dir, { choice: "two" });
    expect([build(), build()]).toEqual([
      ["miss", "two"],
      ["local_hit", "two"],
    ]);
  });

  test("counts by the variables that it names, and by no others", () => {
    const { build } = chosen(`${run} "chosen=\\"$CHOICE\\""`);
    expect(build({ CHOICE: "one" })).toEqual(["miss", "one"]);
    expect(build({ CHOICE: "one", OTHER: "1" })).toEqual(["local_hit", "one"]);
    expect(build({ CHOICE: "two" })).toEqual(["miss", "two"]);
  });

  test("counts by the whole environment where it may take in any of it", () => {
    const { build } = chosen(`eval "choice=\\$CHO""ICE"\n${run} "chosen=\\"$choice\\""`);
    expect(build({ CHOICE: "one" })).toEqual(["miss", "one"]);
    expect(build({ CHOICE: "two" })).toEqual(["miss", "two"]);
  });

  test("is asked each time where nobody sees what it reads", () => {
    const { build } = chosen(`${run} "chosen=\\"$CHOICE\\""`);
    const unwatched = { KACHE_OBSERVE: "0" };
    expect(build({ ...unwatched, CHOICE: "one" })).toEqual(["skipped", "one"]);
    expect(build({ ...unwatched, CHOICE: "two" })).toEqual(["skipped", "two"]);
  });
});

describe("rustup's proxy", () => {
  const withProxy = missing("rustup") ?? missingToolchain("nightly");
  const results = (dir: string, call: RustcCall) => resultsOf(mustSucceed(world.rustc(dir, call)));

  testUnless(withProxy, "+name before the arguments counts", () => {
    const { dir, call } = project();
    const calls = ["+stable", "+nightly"].map((name) => ({ ...call, compiler: ["rustc", name] }));
    const seen = [...calls, ...calls].flatMap((one) => results(dir, one));
    expect(seen).toEqual(["miss", "miss", "local_hit", "local_hit"]);
  });

  testUnless(withProxy, "RUSTUP_TOOLCHAIN counts", () => {
    const { dir, call } = project();
    const calls = ["stable", "nightly"].map((name) => ({
      ...call,
      compiler: ["rustc"],
      env: { RUSTUP_TOOLCHAIN: name },
    }));
    const seen = [...calls, ...calls].flatMap((one) => results(dir, one));
    expect(seen).toEqual(["miss", "miss", "local_hit", "local_hit"]);
  });

  for (const name of ["rust-toolchain", "rust-toolchain.toml"]) {
    testUnless(withProxy, `a ${name} file that appears counts`, () => {
      const { dir, call } = project();
      const plain = { ...call, compiler: ["rustc"] };
      expect(results(dir, plain)).toEqual(["miss"]);
      writeTree(dir, { [name]: '[toolchain]\nchannel = "nightly"\n' });
      expect(results(dir, plain)).toEqual(["miss"]);
      expect(results(dir, plain)).toEqual(["local_hit"]);
      writeTree(dir, { [name]: undefined });
      expect(results(dir, plain)).toEqual(["local_hit"]);
    });
  }
});

/** A sysroot of links to the real one's libraries. */
function linkedSysroot(name: string): string {
  const dir = world.path(name);
  const libraries = join("lib/rustlib", hostTriple, "lib");
  mkdirSync(join(dir, libraries), { recursive: true });
  for (const file of readdirSync(join(sysroot, libraries))) {
    symlinkSync(join(sysroot, libraries, file), join(dir, libraries, file));
  }
  return dir;
}

/** What rustc takes for a sign that the standard library's source is installed. */
const SOURCE_MARK = "lib/rustlib/src/rust/library/std/src/lib.rs";

describe("an explicit sysroot", () => {
  const call = (root: string, more: readonly string[] = []): RustcCall => ({
    name: "rooted",
    emit: "link",
    args: ["-g", "--sysroot", root, ...more],
  });
  const files = {
    "src/lib.rs": "pub fn sum(v: &[u32]) -> u32 { v.iter().map(|x| x + 1).sum() }\n",
  };

  test("counts by the bytes of its libraries, and by those that come and go", () => {
    const dir = world.project("sysroot-bytes", files);
    const root = linkedSysroot("sysroot-bytes-root");
    const library = readdirSync(join(root, "lib/rustlib", hostTriple, "lib")).find((name) =>
      name.startsWith("libproc_macro-"),
    );
    const path = join(root, "lib/rustlib", hostTriple, "lib", library ?? "");
    expect(outcomeOf(mustSucceed(world.rustc(dir, call(root))))).toBe("misses");
    expect(outcomeOf(mustSucceed(world.rustc(dir, call(root))))).toBe("hits");
    const bytes = readFileSync(path);
    rmSync(path);
    writeFileSync(path, Buffer.concat([bytes, Buffer.from("\n")]));
    expect(outcomeOf(mustSucceed(world.rustc(dir, call(root))))).toBe("misses");
    writeFileSync(join(path, "..", "libnew-0123.rlib"), "");
    expect(outcomeOf(mustSucceed(world.rustc(dir, call(root))))).toBe("misses");
  });

  test("counts by whether the standard library's source is there, which debug information names", () => {
    const dir = world.project("sysroot-source", files);
    const root = linkedSysroot("sysroot-source-root");
    const run = () => mustSucceed(world.rustc(dir, call(root)));
    const output = () => digestFile(join(dir, "out/librooted.rlib"));
    expect(outcomeOf(run())).toBe("misses");
    const without = output();
    writeTree(root, { [SOURCE_MARK]: "" });
    expect(outcomeOf(run())).toBe("misses");
    expect(output()).not.toBe(without);
    writeTree(root, { [SOURCE_MARK]: undefined });
    expect(outcomeOf(run())).toBe("hits");
    expect(output()).toBe(without);
  });

  test("with source is told apart from the same one elsewhere", () => {
    const dir = world.project("sysroot-places", files);
    const roots = ["sysroot-one", "sysroot-two"].map(linkedSysroot);
    for (const root of roots) writeTree(root, { [SOURCE_MARK]: "" });
    const outcomes = roots.map((root) => outcomeOf(mustSucceed(world.rustc(dir, call(root)))));
    expect(outcomes).toEqual(["misses", "misses"]);
  });
});

describe("rustc called by hand", () => {
  const CALLS: readonly (readonly [string, readonly string[]])[] = [
    ["with an output and nothing else", ["src/main.rs", "-o", "program"]],
    ["with an output directory that is not there", ["src/main.rs", "--out-dir", "not/there"]],
    [
      "with a crate type and no kind of output",
      ["--crate-type=lib", "src/main.rs", "--out-dir", "o"],
    ],
    ["with one kind of output at a path", ["--emit=link=program", "src/main.rs"]],
    ["in the working directory", ["src/main.rs"]],
  ];
  for (const [index, [fact, args]] of CALLS.entries()) {
    test(`${fact} leaves what rustc leaves, compiled and served`, () => {
      const name = `hand${index}`;
      const words = ["--crate-name", name, "--edition=2021", ...args];
      const sources = { "src/main.rs": "pub fn main() {}\n" };
      const plainly = world.project(`${name}-plain`, sources);
      mustSucceed(world.run([world.rustcPath, ...words], { cwd: plainly }));
      const dir = world.project(name, sources);
      for (const result of [/^(miss|dup)$/, /^local_hit$/]) {
        const run = mustSucceed(world.run([kache, world.rustcPath, ...words], { cwd: dir }));
        expect([run.stdout, run.stderr]).toEqual(["", ""]);
        expect(resultsOf(run)[0]).toMatch(result);
        expect(filesBelow(dir)).toEqual(filesBelow(plainly));
        for (const path of filesBelow(dir).filter((one) => one !== "src/main.rs")) {
          rmSync(join(dir, path));
        }
      }
    });
  }
});
