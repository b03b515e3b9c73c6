// clang-cl for real, on sources that need only its own headers: what hits, what misses, what it writes.
import { describe, expect } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";
import { writeTree } from "../support/tree.ts";

const world = worldFor("cc-cl");
const reason = missing("clang");
const FILES = {
  "inc/h.h": "#define N 3\n",
  "x.c": '#include "h.h"\nconst char *p = __FILE__;\n__int64 g(void) { return N; }\n',
};
mkdirSync(world.path("bin"), { recursive: true });
const clangCl = world.path("bin", "clang-cl");
if (reason === undefined) symlinkSync(Bun.which("clang") ?? "", clangCl);

let projects = 0;

function project(): string {
  projects += 1;
  return world.project(`p${projects}`, FILES);
}

/** One compile; answers how it ended, what it said, and the object. */
function compile(cwd: string, ...args: readonly string[]) {
  rmSync(join(cwd, "x.obj"), { force: true });
  const ran = world.run([kache, clangCl, "/nologo", "/c", "/Iinc", ...args], { cwd });
  expect([ran.exitCode, ran.stderr]).toEqual([0, ""]);
  const [event] = ran.events;
  return {
    result: event?.result,
    stdout: ran.stdout,
    event,
    bytes: readFileSync(join(cwd, "x.obj")),
  };
}

describe("clang-cl", () => {
  testUnless(reason, "a second compile is a hit with the same object and include notes", () => {
    const dir = project();
    const first = compile(dir, "/showIncludes", "x.c");
    const second = compile(dir, "/showIncludes", "x.c");
    expect([first.result, second.result]).toEqual(["miss", "local_hit"]);
    expect(second.stdout).toBe("Note: including file: inc/h.h\n");
    expect([second.bytes, second.stdout]).toEqual([first.bytes, first.stdout]);
  });

  testUnless(
    reason,
    "paths spelled alike hit in another checkout, debug information does not",
    () => {
      const [one, two] = [project(), project()];
      compile(one, "/DA", "x.c");
      expect(compile(two, "/DA", "x.c").result).toBe("local_hit");
      compile(one, "/DA", "/Z7", "x.c");
      expect(compile(one, "/DA", "/Z7", "x.c").result).toBe("local_hit");
      expect(compile(two, "/DA", "/Z7", "x.c").result).not.toBe("local_hit");
    },
  );

  testUnless(reason, "a changed header and another runtime miss", () => {
    const dir = project();
    compile(dir, "/DB", "x.c");
    expect(compile(dir, "/DB", "/MD", "x.c").result).not.toBe("local_hit");
    writeTree(dir, { "inc/h.h": "#define N 4\n" });
    expect(compile(dir, "/DB", "x.c").result).toBe("miss");
  });

  testUnless(reason, "make rules asked for behind /clang: come back", () => {
    const dir = project();
    const rules = ["/clang:-MD", "/clang:-MF", "/clang:x.d"];
    compile(dir, ...rules, "x.c");
    const made = readFileSync(join(dir, "x.d"), "utf8");
    rmSync(join(dir, "x.d"));
    expect(compile(dir, ...rules, "x.c").result).toBe("local_hit");
    expect(readFileSync(join(dir, "x.d"), "utf8")).toBe(made);
  });

  testUnless(reason, "arguments in the environment are not looked through", () => {
    const dir = project();
    const env = { CL: "/DC" };
    const ran = world.run([kache, clangCl, "/c", "/Iinc", "x.c"], { cwd: dir, env });
    expect(ran.events.map((event) => event.passthrough_reason)).toEqual(["refused: cc: CL is set"]);
  });
});
