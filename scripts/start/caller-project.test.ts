// What a newcomer may write behind `npm start --`, and what he is told.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCargoArguments, findCallerProject, requireCargoCommand } from "./caller-project.ts";

const root = mkdtempSync(join(tmpdir(), "kache start-"));
const project = join(root, "my project");
const hasCargo = Bun.which("cargo") !== null;

beforeAll(() => {
  mkdirSync(join(project, "src"), { recursive: true });
  mkdirSync(join(project, ".cargo"));
  writeFileSync(join(project, ".cargo/config.toml"), '[alias]\nmine = "check"\n');
  writeFileSync(join(project, "Cargo.toml"), '[package]\nname = "p"\nversion = "0.0.0"\n');
  writeFileSync(join(project, "src/lib.rs"), "");
});

async function faultOf(directory: string): Promise<string> {
  try {
    return (await findCallerProject(directory)).name;
  } catch (fault) {
    return String(fault);
  }
}

afterAll(() => {
  rmSync(root, { recursive: true });
});

test.if(hasCargo)("what is no command of cargo's is refused (needs cargo)", () => {
  const refused = (...words: string[]) => {
    expect(() => {
      requireCargoCommand(words, project);
    }).toThrow(`\`${words[0] ?? ""}\` is no command of cargo's; give one that builds`);
  };
  refused("nonsense");
  refused("");
  refused("--release");
  for (const words of [["build"], ["b", "-q"], ["mine"], ["--locked", "c"]]) {
    requireCargoCommand(words, project);
  }
});

test("what would reach out of the copies is refused", () => {
  for (const words of [["clean"], ["build", "--target-dir", "x"]]) {
    expect(() => {
      checkCargoArguments(words);
    }).toThrow();
  }
  checkCargoArguments(["run", "--", "-C", "x"]);
});

test.if(hasCargo)(
  "a place without a project and a malformed one are told apart (needs cargo)",
  async () => {
    const found = await findCallerProject(join(project, "src"));
    expect(found.name).toBe("my project");
    expect(found.files.toSorted()).toEqual([".cargo/config.toml", "Cargo.toml", "src/lib.rs"]);
    expect(await faultOf(root)).toContain(`no cargo project to build in ${root}`);
    writeFileSync(join(project, "Cargo.toml"), "[package\n");
    expect(await faultOf(project)).toContain("cargo cannot read the project in");
  },
);
