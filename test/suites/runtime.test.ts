// What the wrapper is to its caller and its child: the compiler itself. Raw arguments and environment,
// standard streams, signals, descriptors, modes, queries, rustup's proxies, and no project file of the
// runtime's own getting in.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { resultsOf, type RustcCall, worldFor } from "../support/rig.ts";
import { scriptedCompiler } from "../support/rust-project.ts";
import { kache } from "../support/toolchain.ts";
import { filesBelow, modeOf, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("runtime");
let projects = 0;

function project(files: Record<string, string> = {}): { dir: string; call: RustcCall } {
  projects += 1;
  const name = `runtime${projects}`;
  return {
    dir: world.project(name, { "src/lib.rs": "pub fn f() {}\n", ...files }),
    call: { name },
  };
}

/** A compiler that reports something to a file when it compiles. */
function reportingCompiler(dir: string, report: string): string {
  const query = `case "$*" in *--crate-name*) ;; *) exec ${world.rustcPath} "$@" ;; esac`;
  return scriptedCompiler(
    dir,
    `${query}\n(${report}) > ${dir}/report\nexec ${world.rustcPath} "$@"`,
  );
}

function shell(dir: string, script: string, env: Record<string, string> = {}) {
  return world.run(["sh", "-c", script], { cwd: dir, env });
}

describe("bytes that are not UTF-8", () => {
  test("in arguments reach the compiler as they are, uncached", () => {
    const { dir } = project();
    const compiler = scriptedCompiler(dir, 'for word; do printf "%s" "$word" | od -An -tx1; done');
    const words = '--crate-name raw src/lib.rs --cfg "$(printf "caf\\351")"';
    const run = mustSucceed(shell(dir, `${kache} ${compiler} ${words}`));
    expect(run.stdout).toBe(shell(dir, `${compiler} ${words}`).stdout);
    expect(run.stdout).toContain("63 61 66 e9");
    expect(resultsOf(run)).toEqual(["passthrough"]);
  });

  test("in arguments are refused by rustc in its own words", () => {
    const { dir } = project();
    const words = '--crate-name raw src/lib.rs --cfg "$(printf "caf\\351")"';
    const run = shell(dir, `${kache} ${world.rustcPath} ${words}`);
    const plain = shell(dir, `${world.rustcPath} ${words}`);
    // Its panic message names the thread's number.
    const said = ({ stderr }: { stderr: string }) => stderr.replace(/\(\d+\)/, "(n)");
    expect([run.exitCode, said(run)]).toEqual([plain.exitCode, said(plain)]);
  });

  test("in the environment reach the compiler as they are", () => {
    const { dir, call } = project();
    const compiler = reportingCompiler(dir, 'printf "%s" "$RAW" | od -An -tx1');
    const words = world.rustcWords({ ...call, compiler: [compiler] }).join(" ");
    mkdirSync(join(dir, "out"));
    const run = mustSucceed(shell(dir, `RAW="$(printf "caf\\351")" exec ${kache} ${words}`));
    expect(resultsOf(run)).toEqual(["miss"]);
    expect(readFileSync(join(dir, "report"), "utf8").trim()).toBe("63 61 66 e9");
  });

  test("in the environment differ from other bytes that are not UTF-8 either", () => {
    const { dir, call } = project({
      "src/lib.rs": 'pub const SET: bool = option_env!("OTHER").is_some();\n',
    });
    mkdirSync(join(dir, "out"));
    const words = world.rustcWords(call).join(" ");
    mustSucceed(shell(dir, `OTHER=x RAW="$(printf "\\351")" exec ${kache} ${words}`));
    const again = mustSucceed(shell(dir, `OTHER=x RAW="$(printf "\\352")" exec ${kache} ${words}`));
    expect(outcomeOf(again)).toBe("hits");
  });

  test("in a variable that the source reads fail as rustc fails", () => {
    const { dir, call } = project({ "src/lib.rs": 'pub const SET: &str = env!("RAW");\n' });
    mkdirSync(join(dir, "out"));
    const words = world.rustcWords(call).join(" ");
    const set = 'RAW="$(printf "caf\\351")" exec';
    const run = shell(dir, `${set} ${kache} ${words}`);
    const plain = shell(dir, `${set} ${words}`);
    expect([run.exitCode, run.stderr]).toEqual([plain.exitCode, plain.stderr]);
  });
});

/** Ignored and blocked signals as a compiler saw them, less the two that glibc's spawn sets for itself. */
function signalsOf(dir: string): string[] {
  const INTERNAL = 0x180000000n;
  const masks = readFileSync(join(dir, "signals"), "utf8").match(/[0-9a-f]{16}/g) ?? [];
  return masks.map((mask) => (BigInt(`0x${mask}`) & ~INTERNAL).toString(16));
}

describe("standard streams and descriptors", () => {
  test("a source on standard input is compiled once", () => {
    const { dir } = project();
    const words = [kache, world.rustcPath, "-", "--crate-name", "piped", "--crate-type", "lib"];
    const metadata = join(dir, "libpiped.rmeta");
    for (const outcome of ["miss", "local_hit"]) {
      const run = mustSucceed(
        world.run([...words, "--emit", "metadata"], { cwd: dir, stdin: "pub fn f() {}" }),
      );
      expect(resultsOf(run)).toEqual([outcome]);
      expect(existsSync(metadata)).toBe(true);
      rmSync(metadata);
    }
  });

  test("nothing of standard input is taken from whoever comes next", () => {
    const { dir } = project();
    const compiler = scriptedCompiler(dir, 'read line; echo "got $line"');
    const script = `printf 'one\\ntwo\\n' | { ${kache} ${compiler} -vV; cat; }`;
    expect(shell(dir, script).stdout).toBe("got one\ntwo\n");
  });

  test("a compile leaves standard input to the caller", () => {
    const { dir, call } = project();
    mkdirSync(join(dir, "out"));
    const words = world.rustcWords(call).join(" ");
    const script = `printf 'one\\ntwo\\n' | { ${kache} ${words}; cat; }`;
    expect(shell(dir, script).stdout).toBe("one\ntwo\n");
  });

  for (const [kind, words] of [
    ["a passthrough", "-vV"],
    ["a compile", "--crate-name fds src/lib.rs --crate-type lib --emit metadata"],
  ] as const) {
    test(`${kind} gives its child the signals it would have without us`, () => {
      const { dir } = project();
      const body = `grep -E "Sig(Ign|Blk)" /proc/self/status > ${dir}/signals; exec ${world.rustcPath} "$@"`;
      const compiler = scriptedCompiler(dir, body);
      mustSucceed(shell(dir, `${compiler} ${words}`));
      const plain = signalsOf(dir);
      mustSucceed(shell(dir, `${kache} ${compiler} ${words}`));
      expect(signalsOf(dir)).toEqual(plain);
    });
  }

  test("a passthrough keeps inherited descriptors open", () => {
    const { dir } = project();
    const compiler = scriptedCompiler(dir, "echo through >&7");
    mustSucceed(shell(dir, `exec 7>seven; exec ${kache} ${compiler} -vV`));
    expect(readFileSync(join(dir, "seven"), "utf8")).toBe("through\n");
  });

  for (const [spelling, flags] of [
    ["--jobserver-auth", "CARGO_MAKEFLAGS='-j --jobserver-fds=5,6 --jobserver-auth=5,6'"],
    ["make's own variable", "MAKEFLAGS=' -j2 --jobserver-auth=5,6'"],
  ] as const) {
    test(`a compile keeps a jobserver's pipe: ${spelling}`, () => {
      const { dir, call } = project();
      const compiler = reportingCompiler(
        dir,
        "test -p /proc/self/fd/5 && test -p /proc/self/fd/6 && echo pipes",
      );
      mkdirSync(join(dir, "out"));
      const words = world.rustcWords({ ...call, compiler: [compiler] }).join(" ");
      const script = `mkfifo pipe; exec 5<>pipe 6>&5; printf ++ >&6; ${flags} exec ${kache} ${words}`;
      const run = mustSucceed(shell(dir, script));
      expect([outcomeOf(run), run.stderr]).toEqual(["misses", ""]);
      expect(readFileSync(join(dir, "report"), "utf8")).toBe("pipes\n");
    });
  }

  test("a closed standard output ends a query as it ends rustc", () => {
    const { dir } = project();
    const script = (words: string) => `(${words} --print cfg; echo $? > status) | true; cat status`;
    const plain = shell(dir, script(world.rustcPath)).stdout;
    expect(shell(dir, script(`${kache} ${world.rustcPath}`)).stdout).toBe(plain);
  });
});

describe("restored files look like compiled ones", () => {
  const shapes: RustcCall[] = [
    { emit: "dep-info,metadata,link" },
    { emit: "dep-info,link", type: "bin", source: "src/main.rs" },
    { emit: "link", type: "cdylib" },
    { emit: "link", type: "staticlib" },
    { emit: "asm,obj,llvm-ir,llvm-bc,mir", args: ["-C", "codegen-units=1"] },
  ];
  for (const umask of ["022", "077", "002"]) {
    test(`with umask ${umask}: modes, names and times`, () => {
      for (const shape of shapes) {
        const { dir, call } = project({ "src/main.rs": "fn main() {}\n" });
        const words = (outDir: string) => world.rustcWords({ ...call, ...shape, outDir }).join(" ");
        const modes = (outDir: string) =>
          filesBelow(join(dir, outDir)).map((name) => [
            name,
            modeOf(join(dir, outDir, name)).toString(8),
          ]);
        for (const outDir of ["plain", "cold", "warm"]) mkdirSync(join(dir, outDir));
        mustSucceed(shell(dir, `umask ${umask}; exec ${words("plain")}`));
        const cold = mustSucceed(shell(dir, `umask ${umask}; exec ${kache} ${words("cold")}`));
        expect(outcomeOf(cold)).toBe("misses");
        const before = Date.now();
        const warm = mustSucceed(shell(dir, `umask ${umask}; exec ${kache} ${words("warm")}`));
        expect(outcomeOf(warm)).toBe("hits");
        expect(modes("cold")).toEqual(modes("plain"));
        expect(modes("warm")).toEqual(modes("plain"));
        const TICK_MS = 20;
        for (const name of filesBelow(join(dir, "warm"))) {
          expect(statSync(join(dir, "warm", name)).mtimeMs).toBeGreaterThan(before - TICK_MS);
        }
      }
    });
  }

  test("side files of split debug information come back, or the compile is not cached", () => {
    for (const kind of ["packed", "unpacked", "off"]) {
      const { dir, call } = project({ "src/main.rs": "fn main() {}\n" });
      const shape = {
        type: "bin",
        emit: "link",
        source: "src/main.rs",
        args: ["-g", "-C", `split-debuginfo=${kind}`],
      };
      mustSucceed(world.rustc(dir, { ...call, ...shape }));
      const names = filesBelow(join(dir, "out"));
      rmSync(join(dir, "out"), { recursive: true });
      mustSucceed(world.rustc(dir, { ...call, ...shape }));
      expect(filesBelow(join(dir, "out"))).toEqual(names);
    }
  });
});

describe("explicit output places", () => {
  test("-o and --emit=kind=path are written on a hit too", () => {
    const { dir, call } = project();
    const shapes: RustcCall[] = [
      { emit: "link", outDir: undefined, args: ["-o", "place/named.rlib"] },
      { emit: "metadata=place/named.rmeta", outDir: undefined },
    ];
    for (const shape of shapes) {
      writeTree(dir, { place: undefined, "place/keep": "" });
      expect(mustSucceed(world.rustc(dir, { ...call, ...shape })).compiles).toHaveLength(1);
      const names = filesBelow(join(dir, "place"));
      writeTree(dir, { place: undefined, "place/keep": "" });
      mustSucceed(world.rustc(dir, { ...call, ...shape }));
      expect(filesBelow(join(dir, "place"))).toEqual(names);
    }
  });

  test("metadata in a place of its own does not stand in for metadata beside the library", () => {
    const { dir, call } = project();
    mkdirSync(join(dir, "place"));
    mustSucceed(world.rustc(dir, { ...call, emit: "metadata" }));
    mustSucceed(world.rustc(dir, { ...call, emit: "metadata=place/x.rmeta" }));
    expect(filesBelow(join(dir, "place"))).toEqual(["x.rmeta"]);
  });
});

describe("the project's files for other runtimes", () => {
  test("do not reach the compiler", () => {
    const { dir, call } = project({
      "src/lib.rs":
        'pub const SET: Option<&str> = option_env!("COLOUR");\nconst _: () = assert!(SET.is_none());\n',
      ".env": "COLOUR=red\nRUSTFLAGS=--cfg=leaked\n",
      ".env.local": "COLOUR=red\n",
      ".env.production": "COLOUR=red\n",
      "bunfig.toml": 'preload = ["./preload.ts"]\n',
      "preload.ts": 'console.log("preloaded"); process.exit(9);\n',
      "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["./preload.ts"]}}}\n',
      "package.json": '{"type": "module", "main": "preload.ts"}\n',
    });
    const compiler = [reportingCompiler(dir, "env | grep -E 'COLOUR|RUSTFLAGS' || true")];
    for (const outcome of ["misses", "hits"]) {
      const run = mustSucceed(world.rustc(dir, { ...call, compiler }));
      expect([outcomeOf(run), run.stdout, run.stderr]).toEqual([outcome, "", ""]);
    }
    expect(readFileSync(join(dir, "report"), "utf8")).toBe("");
  });
});
