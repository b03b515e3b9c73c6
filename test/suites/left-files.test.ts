// What a macro leaves beside the outputs, wherever that lies, and what it takes away: no hit would do that again, so that
// such a compile is never kept, seen or unseen.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("left-files");
const UNWATCHED = { KACHE_OBSERVE: "0" };

/** What macros do with a place, each in a library of its own: where nobody watches, the library tells. */
const ACTIONS = {
  writes: 'std::fs::write(&path, "left").unwrap();',
  creates: "std::fs::File::create(&path).unwrap();",
  creates_new: "std::fs::File::create_new(&path).unwrap();",
  appends: "std::fs::OpenOptions::new().append(true).create(true).open(&path).unwrap();",
  copies: 'std::fs::copy("data/one", &path).unwrap();',
  makes_a_directory: "std::fs::create_dir(&path).unwrap();",
  links: 'std::os::unix::fs::symlink("data/one", &path).unwrap();',
  names: 'std::fs::hard_link("data/one", &path).unwrap();',
  moves: 'std::fs::rename("data/one", &path).unwrap();',
  has_it_written:
    'std::process::Command::new("sh").args(["-c", &format!("echo > {path}")]).status().unwrap();',
  reads: "let _ = std::fs::read_to_string(&path); let _ = std::fs::File::open(&path);",
  makes_and_removes: "std::fs::write(&path, [1]).unwrap(); std::fs::remove_file(&path).unwrap();",
} as const;

/** What they do to what is there. */
const REMOVALS = {
  removes: "std::fs::remove_file(&path).unwrap();",
  removes_a_directory:
    "std::fs::remove_file(&path).unwrap(); std::fs::remove_dir(path.rsplit_once('/').unwrap().0).unwrap();",
  moves_and_removes:
    'std::fs::rename(&path, format!("{path}.gone")).unwrap(); std::fs::remove_file(format!("{path}.gone")).unwrap();',
  looks_and_writes_and_removes:
    "if std::fs::exists(&path).unwrap() { std::fs::write(&path, [1]).unwrap(); std::fs::remove_file(&path).unwrap(); }",
  has_it_removed: 'std::process::Command::new("rm").arg(&path).status().unwrap();',
} as const;

type Action = keyof typeof ACTIONS;

function macro(name: string): string {
  const body = Object.entries({ ...ACTIONS, ...REMOVALS }).find(([one]) => one === name)?.[1] ?? "";
  return `use proc_macro::TokenStream;
#[proc_macro] pub fn act(input: TokenStream) -> TokenStream {
    let path = input.to_string().trim_matches('"').to_string();
    ${body}
    TokenStream::new()
}\n`;
}

function compileMacro(name: string, source: string, ...args: string[]): void {
  const dir = world.project("macros", { [`${source}.rs`]: macro(source) });
  const call = { name, type: "proc-macro", source: `${source}.rs`, emit: "link" };
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro", ...args] }));
}

beforeAll(() => {
  for (const name of Object.keys({ ...ACTIONS, ...REMOVALS })) compileMacro(name, name);
  compileMacro("creates_optimised", "creates", "-Copt-level=3");
  compileMacro("reads_stripped", "reads", "-Cstrip=symbols");
});

let units = 0;
/** Some of them outside the world. */
const made: string[] = [];
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

/** A unit with such a macro, which acts on a place. */
function unit(library: string, place: string, env: Record<string, string> = {}) {
  units += 1;
  const name = `unit${units}`;
  const dir = world.path("packages", name);
  const path = place.replaceAll("NAME", name);
  const full = join(dir, path.startsWith("/") ? "" : path);
  const left = path.startsWith("/") ? path : full;
  const files = { "src/lib.rs": `${library}::act!("${path}");\n`, "out/x": "" };
  const lib = world.path("macros", "out", `lib${library}.so`);
  const call = {
    name,
    emit: "dep-info,metadata",
    args: ["--extern", `${library}=${lib}`],
    env: { CARGO_MANIFEST_DIR: dir, ...env },
  };
  writeTree(dir, files);
  mkdirSync(dirname(left), { recursive: true });
  made.push(left);
  const build = () => {
    rmSync(left, { recursive: true, force: true });
    writeTree(dir, { "data/one": "one" });
    return outcomeOf(mustSucceed(world.rustc(dir, call)));
  };
  const isThere = () => lstatSync(left, { throwIfNoEntry: false }) !== undefined;
  const buildWithout = () => {
    writeTree(dirname(left), { [basename(left)]: "there" });
    return outcomeOf(mustSucceed(world.rustc(dir, call)));
  };
  return { build, isThere, buildWithout };
}

const NOT_KEPT = /^skipped after 1 compiles: the compile left .*, which is not among/;
const UNSEEN = /^skipped after 1 compiles: nobody saw what .* may have left \(observer off\)$/;

const PLACES: readonly (readonly [fact: string, place: string])[] = [
  ["in the package", "left.txt"],
  ["beside the outputs", "out/left.txt"],
  ["in a target directory", world.path("target", "debug", "NAME")],
  ["in another package", "../other/src/NAME.rs"],
  ["in the temporary directory", `/tmp/kache-left-${process.pid}-NAME`],
  ["in memory", `/dev/shm/kache-left-${process.pid}-NAME`],
];

describe("a compile whose macro left a file is not kept, with the observer, where the file lies", () => {
  for (const [fact, place] of PLACES) {
    test(fact, () => {
      const { build, isThere } = unit("writes", place);
      for (const expected of [NOT_KEPT, NOT_KEPT]) {
        expect(build()).toMatch(expected);
        expect(isThere()).toBe(true);
      }
    });
  }
});

describe("a compile whose macro left a file is not kept, with the observer off, where the file lies", () => {
  for (const [fact, place] of PLACES) {
    test(fact, () => {
      const { build, isThere } = unit("writes", place, UNWATCHED);
      for (const expected of [UNSEEN, UNSEEN]) {
        expect(build()).toMatch(expected);
        expect(isThere()).toBe(true);
      }
    });
  }
});

const elsewhere = () => world.path("elsewhere", "NAME");
const HARMLESS: readonly Action[] = ["reads", "makes_and_removes"];
const ACTIVE = Object.keys(ACTIONS).filter((name) => !HARMLESS.some((one) => one === name));

describe("a compile is not kept, with the observer, whose macro", () => {
  for (const action of ACTIVE) {
    test(action.replaceAll("_", " "), () => {
      const { build, isThere } = unit(action, elsewhere());
      for (const expected of [NOT_KEPT, NOT_KEPT]) {
        expect(build()).toMatch(expected);
        expect(isThere()).toBe(true);
      }
    });
  }
});

describe("a compile is not kept, with the observer off, whose macro", () => {
  // What programs do that a macro starts is not known then.
  for (const action of ACTIVE.filter((name) => name !== "has_it_written")) {
    test(action.replaceAll("_", " "), () => {
      expect(unit(action, elsewhere(), UNWATCHED).build()).toMatch(UNSEEN);
    });
  }

  test("may leave files, of which its optimised code does not tell", () => {
    expect(unit("creates_optimised", elsewhere(), UNWATCHED).build()).toMatch(UNSEEN);
  });

  test("may leave files, of which its stripped code does not tell", () => {
    expect(unit("reads_stripped", elsewhere(), UNWATCHED).build()).toMatch(UNSEEN);
  });
});

const REMOVED = /^skipped after 1 compiles: the compile removed .*$/;

describe("a compile is not kept, with the observer, whose macro takes away what was there: it", () => {
  for (const action of Object.keys(REMOVALS)) {
    test(action.replaceAll("_", " "), () => {
      const { buildWithout, isThere } = unit(action, world.path("removed", "NAME", "file"));
      for (const expected of [REMOVED, REMOVED]) {
        expect(buildWithout()).toMatch(expected);
        expect(isThere()).toBe(false);
      }
    });
  }
});

describe("a compile is not kept, with the observer off, whose macro takes away what was there: it", () => {
  for (const action of Object.keys(REMOVALS).filter((name) => name !== "has_it_removed")) {
    test(action.replaceAll("_", " "), () => {
      const { buildWithout } = unit(action, world.path("removed", "NAME", "file"), UNWATCHED);
      expect(buildWithout()).toMatch(UNSEEN);
    });
  }
});

describe("a compile is served whose macro", () => {
  test("leaves nothing, with the observer", () => {
    for (const action of HARMLESS) {
      const { build } = unit(action, elsewhere());
      expect([action, build(), build()]).toEqual([action, "misses", "hits"]);
    }
  });

  test("only reads, with the observer off", () => {
    const { build } = unit("reads", elsewhere(), UNWATCHED);
    expect([build(), build()]).toEqual(["misses", "hits"]);
  });
});
