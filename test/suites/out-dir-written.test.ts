// A macro that does more with OUT_DIR than reading it: it is given a copy, and nobody is to notice.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Checkouts } from "../support/checkouts.ts";
import { expanding, GENERATES, printed } from "../support/generated.ts";
import { worldFor } from "../support/rig.ts";
import { filesBelow } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("out-dir-written");
const checkouts = new Checkouts(world);

/** What lies in the OUT_DIR that cargo knows, by the ends of paths. */
function generated(dir: string, name: string): string {
  const build = join(dir, "target/debug/build");
  const path = filesBelow(build).find((one) => one.endsWith(`/out/${name}`));
  return path === undefined ? "absent" : readFileSync(join(build, path), "utf8");
}

test("what a macro writes lies in OUT_DIR, where the next program includes it from", () => {
  const files = expanding(`{
        let dir = std::env::var("OUT_DIR").unwrap();
        std::fs::create_dir_all(format!("{dir}/deep")).unwrap();
        std::fs::write(format!("{dir}/deep/said.txt"), "said").unwrap();
        String::new()
    }`);
  const later =
    'fn main() { println!("{}", include_str!(concat!(env!("OUT_DIR"), "/deep/said.txt"))); }\n';
  const dir = checkouts.make({ ...files, "seer/src/bin/later.rs": later });
  const first = checkouts.build({ args: ["build", "--bin", "seer"] }, dir);
  const whys = first.events.map(({ not_stored }) => not_stored ?? "");
  expect(whys.filter((why) => why.endsWith("which is not among its outputs")).length).toBe(1);
  expect(generated(dir, "deep/said.txt")).toBe("said");
  checkouts.build({ args: ["build", "--bin", "later"] }, dir);
  expect(printed(world, dir, "later")).toBe("said");
});

test("what a macro removes is gone from OUT_DIR", () => {
  const files = expanding(`{
        let spare = format!("{}/spare.txt", std::env::var("OUT_DIR").unwrap());
        let said = std::fs::read_to_string(&spare).unwrap();
        std::fs::remove_file(&spare).unwrap();
        said
    }`);
  const makes = GENERATES.replace(
    "std::fs::write(&made,",
    'std::fs::write(made.with_file_name("spare.txt"), "spared").unwrap();\n    std::fs::write(&made,',
  );
  const dir = checkouts.make({ ...files, "seer/build.rs": makes });
  const { events } = checkouts.build({ args: ["build"] }, dir);
  const whys = events.map(({ not_stored }) => not_stored ?? "");
  expect(whys.filter((why) => why.startsWith("the compile removed ")).length).toBe(1);
  expect(printed(world, dir)).toBe('7 "spared"');
  expect(generated(dir, "spare.txt")).toBe("absent");
});

test("a program that lies in OUT_DIR runs", () => {
  const files = expanding(`{
        let tool = format!("{}/tool", std::env::var("OUT_DIR").unwrap());
        String::from_utf8(std::process::Command::new(tool).output().unwrap().stdout).unwrap()
    }`);
  const makes = GENERATES.replace(
    "std::fs::write(&made,",
    `let tool = made.with_file_name("tool");
    std::fs::write(&tool, "#!/bin/sh\\necho ran\\n").unwrap();
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(&made,`,
  );
  const dir = checkouts.make({ ...files, "seer/build.rs": makes });
  checkouts.build({ args: ["build"] }, dir);
  expect(printed(world, dir)).toBe('7 "ran\\n"');
});

test("the directory and its copy stay as they are where nothing is written there", () => {
  // Never copied before, so that a copy is as young as the compiler that reads it.
  for (const number of Array.from({ length: 4 }, (_, at) => process.pid * 8 + at)) {
    const makes = GENERATES.replace("= 7;", `= ${number};`).replace(
      /}\n$/,
      '    std::fs::hard_link(&made, made.with_file_name("second.rs")).unwrap();\n}\n',
    );
    const dir = checkouts.make({ ...expanding("String::new()"), "seer/build.rs": makes });
    checkouts.build({ args: ["build"] }, dir);
    expect(printed(world, dir)).toBe(`${number} ""`);
    const build = join(dir, "target/debug/build");
    const inodes = filesBelow(build)
      .filter((path) => /\/out\/(?:made|second)\.rs$/.test(path))
      .map((path) => statSync(join(build, path)).ino);
    expect([inodes.length, new Set(inodes).size]).toEqual([2, 1]);
  }
});
