// The tables of rustc's flags against the compiler that is installed, and calls that are left to it because they
// leave or print more than their arguments announce.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { BARE_FLAGS, CODEGEN_OPTIONS, row, VALUE_FLAGS } from "../../src/compiler/rustc/flags.ts";
import { mustSucceed } from "../support/pair.ts";
import { type RustcCall, worldFor } from "../support/rig.ts";
import { ask } from "../support/toolchain.ts";
import { filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("rustc-flags");

describe("every flag that the installed rustc tells of has a row:", () => {
  test("-C options", () => {
    const told = (ask(world.rustcPath, "-C", "help") ?? "").matchAll(/^\s+-C\s+([\w-]+)=/gm);
    const names = [...told].map(([, name]) => name ?? "");
    expect(names).toContain("opt-level");
    expect(names.filter((name) => row(CODEGEN_OPTIONS, name) === undefined)).toEqual([]);
  });

  test("the others", () => {
    const help = ask(world.rustcPath, "--help", "-v") ?? "";
    // Descriptions stand in a column of their own, or on a line below.
    const heads = [...help.matchAll(/^ {4,8}(-.*?)(?: {2,}|$)/gm)].map(([, head]) => head ?? "");
    const names = heads.flatMap((head) => head.match(/(?<![\w-])--?[A-Za-z][\w-]*/g) ?? []);
    expect(names).toContain("--remap-path-prefix");
    const isKnown = (name: string) =>
      row(VALUE_FLAGS, name) !== undefined || row(BARE_FLAGS, name) !== undefined;
    expect([...new Set(names)].filter((name) => !isKnown(name))).toEqual([]);
  });
});

interface Left {
  readonly fact: string;
  readonly call: RustcCall;
  readonly reason: string;
  /** Part of a file's name, or of what is printed, that a hit would not give. */
  readonly gives: RegExp;
}

const UNSTABLE = { env: { RUSTC_BOOTSTRAP: "1" } };

const LEFT: readonly Left[] = [
  {
    fact: "intermediate files that are asked to stay",
    call: { args: ["-C", "save-temps"] },
    reason: "-C save-temps",
    gives: /\.rcgu\.o$/m,
  },
  {
    fact: "an object of each of several units",
    call: { emit: "obj", args: ["-C", "codegen-units=4"] },
    reason: "--emit=obj with several codegen units",
    gives: /\.o$/m,
  },
  {
    fact: "assembly on standard output",
    call: { emit: "asm=-" },
    reason: "output to standard output",
    gives: /^\t\.section\t\.text/m,
  },
  {
    fact: "assembly on standard output, by -o",
    call: { emit: "asm", outDir: undefined, args: ["-o", "-"] },
    reason: "output to standard output",
    gives: /^\t\.section\t\.text/m,
  },
  {
    fact: "a source printed in place of an output",
    call: { ...UNSTABLE, args: ["-Zunpretty=normal"] },
    reason: "-Z unpretty",
    gives: /^pub fn f\(\)/m,
  },
  {
    fact: "dumps in a directory of their own",
    call: { ...UNSTABLE, args: ["-Zdump-mir=f"] },
    reason: "-Z dump-mir",
    gives: /^mir_dump\//m,
  },
  {
    fact: "a map that the linker is asked for",
    call: { type: "cdylib", emit: "link", args: ["-C", "link-arg=-Wl,-Map=out/names.map"] },
    reason: "-C link-arg=-Wl,-Map=out/names.map",
    gives: /names\.map$/m,
  },
  {
    fact: "a log of rustc's in a file",
    call: { env: { RUSTC_LOG: "rustc_interface=info", RUSTC_LOG_OUTPUT_TARGET: "out/log" } },
    reason: "a log in a file (RUSTC_LOG_OUTPUT_TARGET)",
    gives: /^out\/log$/m,
  },
];

describe("left to rustc:", () => {
  for (const [index, { fact, call, reason, gives }] of LEFT.entries()) {
    test(fact, () => {
      const name = `left${index}`;
      const source = "pub fn f() -> u8 { 1 }\npub mod m { pub fn g() -> u8 { 2 } }\n";
      const dir = world.project(name, { "src/lib.rs": source });
      for (let round = 0; round < 2; round += 1) {
        const run = mustSucceed(world.rustc(dir, { name, ...call }));
        expect(run.events.map(({ result }) => result)).toEqual(["passthrough"]);
        expect(run.events[0]?.passthrough_reason).toBe(`refused: ${reason}`);
        expect([...filesBelow(dir), run.stdout].join("\n")).toMatch(gives);
        writeTree(dir, { out: undefined, mir_dump: undefined });
      }
    });
  }
});
