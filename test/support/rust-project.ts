// Small Rust projects, each with a name of its own and a call that compiles its library; compilers for them.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RustcCall, World } from "./rig.ts";

/** A project and how its library is compiled. */
export interface RustProject {
  readonly dir: string;
  readonly call: RustcCall;
}

/** Makes projects whose names begin alike: a library and a program, and more files on request. */
export function rustProjects(
  world: World,
  prefix: string,
): (files?: Record<string, string>) => RustProject {
  let projects = 0;
  return (files = {}) => {
    projects += 1;
    const name = `${prefix}${projects}`;
    const dir = world.project(name, {
      "src/lib.rs": `pub fn f() -> u32 { ${projects} }\n`,
      "src/main.rs": `fn main() { println!("${projects}"); }\n`,
      ...files,
    });
    mkdirSync(join(dir, "out"));
    return { dir, call: { name, emit: "dep-info,metadata,link" } };
  };
}

/** A compiler that does something instead of, or before, compiling. */
export function scriptedCompiler(dir: string, body: string): string {
  const path = join(dir, "rustc-script");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}
