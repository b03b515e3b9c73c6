// A C library with one function, `part`, for links of Rust to take in.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "./pair.ts";
import type { World } from "./rig.ts";
import { writeTree } from "./tree.ts";

/** A program that prints what it gives. */
export const CALLS_PART =
  'extern "C" { fn part() -> i32; }\nfn main() { println!("{}", unsafe { part() }); }\n';

/** Compiles a C function that returns a number, to an object, archive or shared library. */
export function makePart(world: World, dir: string, output: string, value: number): void {
  const source = join(dir, "part.c");
  writeTree(dir, { "part.c": `int part(void) { return ${value}; }\n` });
  mkdirSync(join(dir, output, ".."), { recursive: true });
  const to = join(dir, output);
  const script = output.endsWith(".a")
    ? `cc -c -fPIC ${source} -o ${dir}/part.o && rm -f ${to} && ar rcs ${to} ${dir}/part.o`
    : `cc ${output.endsWith(".so") ? "-shared" : "-c"} -fPIC ${source} -o ${to}`;
  mustSucceed(world.run(["sh", "-c", script]));
}
