// Native code that a build script leaves beside generated code, more of it than is copied.
import { expect, setDefaultTimeout } from "bun:test";
import { statSync } from "node:fs";
import { besidesHits, Checkouts } from "../support/checkouts.ts";
import { GENERATES, INCLUDES, printed, program } from "../support/generated.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("out-dir-native");
const checkouts = new Checkouts(world);

/** Writes more native code than is copied, and a small object with this in it. */
const generatesNative = (byte: number) =>
  GENERATES.replace(
    "fn main() {",
    `fn main() {
    let native = |name| std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join(name);
    std::fs::File::create(native("large.a")).unwrap().set_len(65 << 20).unwrap();
    std::fs::write(native("small.o"), [${byte}]).unwrap();`,
  );

const apart =
  statSync(world.dir).dev === statSync("/var/tmp").dev
    ? undefined
    : "/var/tmp is on another file system, where nothing of the checkouts can be linked";

testUnless(
  apart,
  "OUT_DIR with more native code than is copied leads to what is there, whoever rewrites that elsewhere",
  () => {
    const main = `${INCLUDES}const CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/small.o"));
fn main() { println!("{MADE} {}", CODE[0]); }
`;
    const call = { args: ["build"] };
    const first = checkouts.make({ ...program(main), "build.rs": generatesNative(1) });
    checkouts.build(call, first);
    const second = checkouts.twin(first);
    const warm = checkouts.build(call, second);
    expect(besidesHits(warm)).toEqual([]);
    expect(warm.compiles).toEqual([]);
    // Rewritten in place, which changes a linked copy as well.
    Bun.sleepSync(20);
    writeTree(first, { "build.rs": generatesNative(2) });
    checkouts.build(call, first);
    expect(printed(world, first)).toBe("7 2");
    expect(printed(world, second)).toBe("7 1");
    writeTree(second, { "src/main.rs": `${main}// another text\n` });
    expect(besidesHits(checkouts.build(call, second)).length).toBe(1);
    expect(printed(world, second)).toBe("7 1");
  },
);
