// Links for targets whose files are called otherwise: WebAssembly, by the linker that rustc brings along. No
// standard library is installed for it, so the crates do without one.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, testUnless, worldFor } from "../support/rig.ts";
import { hostTriple, missing, sysroot } from "../support/toolchain.ts";

setDefaultTimeout(60_000);

const world = worldFor("other-targets");

const linker = join(sysroot, "lib/rustlib", hostTriple, "bin/rust-lld");
const noLinker = existsSync(linker) ? undefined : "the toolchain has no rust-lld";

const BARE = `#![feature(no_core, lang_items)]
#![no_core]
#![no_main]
#![allow(internal_features)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
impl Copy for u32 {}
`;

const wasm = (name: string, more: RustcCall): RustcCall => ({
  ...{ name, emit: "dep-info,link", ...more },
  args: ["--target", "wasm32-unknown-unknown", "-C", "debuginfo=2"],
  env: { RUSTC_BOOTSTRAP: "1", ...more.env },
});

const rows: readonly (readonly [fact: string, name: string, call: RustcCall])[] = [
  ["a library", "bare_library", { type: "cdylib" }],
  ["a program", "bare_program", { type: "bin" }],
];

describe("for WebAssembly", () => {
  for (const [fact, name, more] of rows) {
    testUnless(
      noLinker,
      `${fact} is linked once for two checkouts, and anew when it changes`,
      () => {
        const text = (value: number) =>
          `${BARE}#[no_mangle] pub extern "C" fn _start() -> u32 { ${value} }\n// ${name}\n`;
        const call = wasm(name, more);
        const [here, there] = ["here", "at/other/depth"].map((place) =>
          world.project(`${name}/${place}`, { "src/lib.rs": text(1) }),
        );
        if (here === undefined || there === undefined) throw new Error("two projects were made");
        const output = (dir: string) => readFileSync(join(dir, "out", `${name}.wasm`));

        expect(outcomeOf(mustSucceed(world.rustc(here, call)))).toBe("misses");
        expect(outcomeOf(mustSucceed(world.rustc(there, call)))).toBe("hits");
        const served = output(there);
        rmSync(join(there, "out"), { recursive: true });
        const cold = { ...call, env: { ...call.env, KACHE_CACHE_DIR: world.path(`cold-${name}`) } };
        mustSucceed(world.rustc(there, cold));
        expect(served).toEqual(output(there));

        world.project(`${name}/at/other/depth`, { "src/lib.rs": text(2) });
        expect(outcomeOf(mustSucceed(world.rustc(there, call)))).toBe("misses");
        expect(output(there)).not.toEqual(served);
      },
    );
  }
  testUnless(noLinker, "a link that nobody watches is the linker's own work, and not kept", () => {
    const dir = world.project("unwatched", { "src/lib.rs": `${BARE}// unwatched\n` });
    const call = wasm("unwatched", { type: "cdylib", env: { KACHE_OBSERVE: "0" } });
    const reason = "skipped after 1 compiles: inputs cannot be known (observer off)";
    const outcomes = [1, 2].map(() => outcomeOf(mustSucceed(world.rustc(dir, call))));
    expect(outcomes).toEqual([reason, reason]);
    expect(existsSync(join(dir, "out/unwatched.wasm"))).toBe(true);
  });
});

testUnless(
  missing("ld"),
  "a linker that is called without a C compiler is not asked for what it read",
  () => {
    const dir = world.project("direct", { "src/lib.rs": `${BARE}// direct\n` });
    const call: RustcCall = {
      ...{ name: "direct", type: "cdylib", emit: "dep-info,link" },
      args: ["-C", "linker-flavor=ld"],
      env: { RUSTC_BOOTSTRAP: "1", KACHE_OBSERVE: "0" },
    };
    const outcome = outcomeOf(mustSucceed(world.rustc(dir, call)));
    expect(outcome).toBe("skipped after 1 compiles: inputs cannot be known (observer off)");
  },
);
