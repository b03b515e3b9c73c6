// Damage in the cache directory is found and healed, and restored files belong to the checkout: whatever
// is done to them never alters what is served later.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDigest } from "../../src/base/digest.ts";
import { lstatPath } from "../../src/base/file.ts";
import { DigestMemo } from "../../src/key/digest-memo.ts";
import { cutInHalf, flipByte } from "../support/damage.ts";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { type RustcCall, World, worldFor } from "../support/rig.ts";
import { digestFile, fileMatching, type Files, filesBelow, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("damage");
let projects = 0;

/** A project of its own, so that no other test's entry can be found. */
function project(files: Files): { dir: string; call: RustcCall } {
  projects += 1;
  const name = `whole${projects}`;
  return { dir: world.project(name, files), call: { name, emit: "dep-info,metadata,link" } };
}

function built(dir: string, call: RustcCall): string {
  return outcomeOf(mustSucceed(world.rustc(dir, call)));
}

/** Damages one kind of file in a cache directory that served a hit, and builds again. */
interface Damage {
  readonly fact: string;
  readonly files: RegExp;
  readonly harm: (path: string) => void;
  /** What the next build does: damage to mere records costs no compile. */
  readonly next: "hits" | "misses";
}

function replaceBy(text: string) {
  return (path: string): void => {
    rmSync(path, { force: true });
    writeFileSync(path, text);
  };
}

function editText(from: RegExp, to: string) {
  return (path: string): void => {
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };
}

const BLOB = /^store\/blobs\//;
const META = /^store\/[0-9a-f]{64}\/meta\.json$/;
const MANIFEST = /^manifests\//;

const DAMAGES: readonly Damage[] = [
  { fact: "every blob is deleted", files: BLOB, harm: rmSync, next: "misses" },
  { fact: "every blob is cut in half", files: BLOB, harm: cutInHalf, next: "misses" },
  { fact: "every blob is emptied", files: BLOB, harm: replaceBy(""), next: "misses" },
  { fact: "one bit run of every blob is flipped", files: BLOB, harm: flipByte, next: "misses" },
  { fact: "entries are garbage", files: META, harm: replaceBy("{]"), next: "misses" },
  { fact: "entries are empty", files: META, harm: replaceBy(""), next: "misses" },
  { fact: "entries are deleted", files: META, harm: rmSync, next: "misses" },
  {
    fact: "entries name no files",
    files: META,
    harm: editText(/"files": \[[^\]]*\]/, '"files": []'),
    next: "misses",
  },
  {
    fact: "an entry's file would leave its directory",
    files: META,
    harm: editText(/"name": "/g, '"name": "../'),
    next: "misses",
  },
  {
    fact: "an entry bears another key",
    files: META,
    harm: editText(/"cache_key": "\w{64}/, `"cache_key": "${"0".repeat(64)}`),
    next: "misses",
  },
  {
    fact: "an entry is of another schema",
    files: META,
    harm: editText(/"schema": 1/, '"schema": 99'),
    next: "misses",
  },
  { fact: "manifests are garbage", files: MANIFEST, harm: replaceBy("\0\0"), next: "misses" },
  { fact: "manifests are empty", files: MANIFEST, harm: replaceBy(""), next: "misses" },
  { fact: "manifests are deleted", files: MANIFEST, harm: rmSync, next: "misses" },
  {
    fact: "manifests point past their members",
    files: MANIFEST,
    harm: editText(/"m":\[/g, '"m":[999,'),
    next: "misses",
  },
  {
    fact: "toolchain records are garbage",
    files: /^toolchains\//,
    harm: replaceBy("null"),
    next: "hits",
  },
  {
    fact: "toolchain records are of another schema",
    files: /^toolchains\//,
    harm: editText(/"schema":1/, '"schema":0'),
    next: "hits",
  },
  { fact: "toolchain records are deleted", files: /^toolchains\//, harm: rmSync, next: "hits" },
  { fact: "the digest memo is garbage", files: /\.memo$/, harm: flipEverything, next: "hits" },
  { fact: "the digest memo is cut in half", files: /\.memo$/, harm: cutInHalf, next: "hits" },
  { fact: "the digest memo is empty", files: /\.memo$/, harm: replaceBy(""), next: "hits" },
  {
    fact: "the observer library is garbage",
    files: /^observer\//,
    harm: replaceBy("no library"),
    next: "hits",
  },
  {
    fact: "the event log is torn",
    files: /^events\.jsonl$/,
    harm: replaceBy('{"torn'),
    next: "hits",
  },
];

function flipEverything(path: string): void {
  writeFileSync(
    path,
    readFileSync(path).map((byte) => byte ^ 0x5a),
  );
}

describe("a damaged cache directory heals:", () => {
  for (const { fact, files, harm, next } of DAMAGES) {
    test(fact, () => {
      const own = new World("damage");
      try {
        const dir = own.project("app", {
          "src/lib.rs": "pub fn a() {}\n",
          "src/main.rs": "fn main() {}\n",
        });
        const calls: RustcCall[] = [
          { emit: "dep-info,metadata,link" },
          { name: "program", source: "src/main.rs", type: "bin", emit: "dep-info,link" },
        ];
        const build = () => calls.map((call) => mustSucceed(own.rustc(dir, call)));
        build();
        const outputs = () =>
          filesBelow(join(dir, "out")).map((name) => digestFile(join(dir, "out", name)));
        const expected = outputs();
        const harmed = filesBelow(own.cacheDir).filter((path) => files.test(path));
        expect(harmed.length).toBeGreaterThan(0);
        for (const path of harmed) harm(join(own.cacheDir, path));
        rmSync(join(dir, "out"), { recursive: true });
        const before = own.compiles().length;
        const runs = build();
        expect(runs.map(({ stderr }) => stderr)).toEqual(["", ""]);
        expect(own.compiles().length - before).toBe(next === "hits" ? 0 : calls.length);
        expect(outputs()).toEqual(expected);
        expect(filesBelow(dir).filter((path) => !/^(out|src)\//.test(path))).toEqual([]);
        rmSync(join(dir, "out"), { recursive: true });
        expect(build().map(outcomeOf)).toEqual(["hits", "hits"]);
        expect(outputs()).toEqual(expected);
      } finally {
        own.remove();
      }
    });
  }
});

test("bytes that rotted on the disk, of which no time tells, are found where every blob is read", () => {
  const own = new World("rot");
  try {
    const dir = own.project("app", { "src/lib.rs": "pub fn a() {}\n" });
    const serve = (env: Readonly<Record<string, string>> = {}, before?: () => void) => {
      rmSync(join(dir, "out"), { recursive: true, force: true });
      before?.();
      const outcome = outcomeOf(mustSucceed(own.rustc(dir, { emit: "link", env })));
      return [outcome, digestFile(fileMatching(join(dir, "out"), /\.rlib$/))];
    };
    const [, digest = ""] = serve();
    const blob = join(own.cacheDir, "store/blobs", digest.slice(0, 2), digest);
    flipByte(blob);
    const rotten = digestFile(blob);
    // As if the disk had done it: the times that are remembered of the file are those that it has.
    const rot = () => {
      const stat = lstatPath(blob);
      const whole = parseDigest(digest);
      if (typeof stat === "string" || whole === undefined) throw new Error("no blob");
      new DigestMemo(own.cacheDir).remember(stat, whole);
    };
    expect(serve({}, rot)).toEqual(["hits", rotten]);
    expect(serve({ KACHE_VERIFY_RESTORES: "1" }, rot)).toEqual(["misses", digest]);
    expect(serve()).toEqual(["hits", digest]);
  } finally {
    own.remove();
  }
});

describe("restored files belong to the checkout", () => {
  const kinds: readonly { kind: string; file: RegExp; prefix?: string; call: RustcCall }[] = [
    { kind: "an rlib", file: /\.rlib$/, call: {} },
    { kind: "metadata", file: /\.rmeta$/, call: {} },
    { kind: "a static library", file: /\.a$/, call: { type: "staticlib", emit: "link" } },
    { kind: "a dynamic library", file: /\.so$/, call: { type: "cdylib", emit: "link" } },
    {
      kind: "an executable",
      file: /^whole\d+$/,
      call: { type: "bin", emit: "link", source: "src/main.rs" },
    },
    {
      kind: "a build script",
      file: /^build_script_whole\d+$/,
      prefix: "build_script_",
      call: { type: "bin", emit: "link", source: "src/main.rs" },
    },
    {
      kind: "a macro",
      file: /\.so$/,
      call: { type: "proc-macro", emit: "link", source: "src/macro.rs" },
    },
  ];
  const files = {
    "src/lib.rs": "pub fn a() {}\n",
    "src/main.rs": "fn main() {}\n",
    "src/macro.rs": "",
  };

  for (const { kind, file, prefix = "", call: shape } of kinds) {
    for (const edited of ["compiled", "restored"] as const) {
      test(`${kind} edited in place after it was ${edited} never alters what is served`, () => {
        const { dir, call: own } = project(files);
        const call = { ...own, ...shape, name: `${prefix}${own.name ?? ""}` };
        expect(built(dir, call)).toBe("misses");
        const first = digestFile(fileMatching(join(dir, "out"), file));
        if (edited === "restored") {
          rmSync(join(dir, "out"), { recursive: true });
          expect(built(dir, call)).toBe("hits");
        }
        const path = fileMatching(join(dir, "out"), file);
        flipByte(path);
        const elsewhere = { ...call, outDir: "elsewhere" };
        mustSucceed(world.rustc(dir, elsewhere));
        expect(digestFile(fileMatching(join(dir, "elsewhere"), file))).toBe(first);
        // And the checkout that edited it gets it right again.
        mustSucceed(world.rustc(dir, call));
        expect(digestFile(path)).toBe(first);
      });
    }
  }

  test("two places restored from one entry have nothing in common but bytes", () => {
    for (const { file, prefix = "", call: shape } of kinds) {
      const { dir, call: own } = project(files);
      const call = { ...own, ...shape, name: `${prefix}${own.name ?? ""}` };
      expect(built(dir, call)).toBe("misses");
      const paths = ["one", "two", "three"].map((outDir) => {
        expect(built(dir, { ...call, outDir })).toBe("hits");
        return fileMatching(join(dir, outDir), file);
      });
      expect(new Set(paths.map((path) => statSync(path).ino)).size).toBe(paths.length);
      const before = paths.map((path) => statSync(path).mtimeMs);
      utimesSync(paths[0] ?? "", 1, 1);
      expect(paths.slice(1).map((path) => statSync(path).mtimeMs)).toEqual(before.slice(1));
    }
  });

  test("an output appended to in place is replaced, not appended to", () => {
    const { dir, call } = project(files);
    built(dir, call);
    const path = fileMatching(join(dir, "out"), /\.rlib$/);
    const first = digestFile(path);
    appendFileSync(path, "tail");
    mustSucceed(world.rustc(dir, call));
    expect(digestFile(path)).toBe(first);
  });

  test("read-only outputs of an earlier build are replaced, but for dep-info, which rustc writes into", () => {
    const { dir, call } = project(files);
    built(dir, call);
    for (const name of filesBelow(join(dir, "out"))) chmodSync(join(dir, "out", name), 0o444);
    expect(built(dir, call)).toBe("hits");
    const modes = filesBelow(join(dir, "out")).map((name) => {
      return [name.endsWith(".d"), statSync(join(dir, "out", name)).mode & 0o200];
    });
    expect(modes).toContainEqual([true, 0]);
    expect(modes.filter(([isDepInfo]) => isDepInfo === false)).toEqual(
      modes.slice(1).map(() => [false, 0o200]),
    );
  });

  test("a compile without the cache over restored files leaves the store as it was", () => {
    const { dir, call } = project(files);
    built(dir, call);
    const first = digestFile(fileMatching(join(dir, "out"), /\.rlib$/));
    expect(built(dir, call)).toBe("hits");
    writeTree(dir, { "src/lib.rs": "pub fn other() {}\n" });
    mustSucceed(world.plainRustc(dir, call));
    writeTree(dir, files);
    expect(built(dir, { ...call, outDir: "fresh" })).toBe("hits");
    expect(digestFile(fileMatching(join(dir, "fresh"), /\.rlib$/))).toBe(first);
  });
});
