// Finding literal paths: at any seam between pieces, inside longer names, in packed string tables, and in
// compressed debug sections as the system's tools write them.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeFd, openRead } from "../base/file.ts";
import { Roots } from "../key/roots.ts";
import { LeakScanner } from "./leak-scan.ts";
import { eachPackedSection } from "./packed-sections.ts";

const dir = realpathSync(mkdtempSync(join(tmpdir(), "kache-leaks-")));
const checkout = join(dir, "checkout");
const target = join(checkout, "target");

beforeAll(() => {
  mkdirSync(target, { recursive: true });
  mkdirSync(`${checkout}-next`);
  mkdirSync(`${target}s`);
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const roots = new Roots([
  { sentinel: "<TARGET>", spellings: [target] },
  { sentinel: "<WORKSPACE>", spellings: [checkout] },
  { sentinel: "<HOME>", spellings: ["/etc"] },
  { sentinel: "<TMPDIR>", spellings: ["/tmp"] },
]);

function found(...pieces: (string | Uint8Array)[]): string[] {
  const scanner = new LeakScanner(roots);
  for (const piece of pieces) {
    scanner.add(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  }
  scanner.end();
  return [...scanner.found()].sort();
}

describe("a path counts", () => {
  const CLEAR = ["/src/lib.rs", "", "\0next", '"', " here", ":12"];
  for (const rest of CLEAR) {
    test(`before ${JSON.stringify(rest)}`, () => {
      expect(found(`at ${checkout}${rest}`)).toEqual(["<WORKSPACE>"]);
    });
  }

  test("by its innermost root", () => {
    expect(found(`${target}/debug/x`)).toEqual(["<TARGET>"]);
    expect(found(`${checkout}/targets/x`)).toEqual(["<WORKSPACE>"]);
  });

  test("directly before another text, as literals lie in a program", () => {
    expect(found(`${checkout}index out of bounds`)).toEqual(["<WORKSPACE>"]);
    expect(found(`no such file${checkout}/a`)).toEqual(["<WORKSPACE>"]);
  });

  test("once for each root", () => {
    expect(found(`${checkout}/a\0${target}/b\0${checkout}/c`)).toEqual(["<TARGET>", "<WORKSPACE>"]);
  });
});

describe("no path is", () => {
  test("a longer name that is there", () => {
    expect(found(`${checkout}-next/src`)).toEqual([]);
  });

  test("a root of one name inside another path", () => {
    expect(found("lib/etc/none\0/snap/x/etc")).toEqual([]);
    expect(found("prefix/etc/passwd")).toEqual(["<HOME>"]);
    expect(found("\0/etc\0")).toEqual(["<HOME>"]);
  });

  test("a directory that every machine has", () => {
    expect(found("/tmp/rustcAbc")).toEqual([]);
  });

  test("what two files make together", () => {
    const scanner = new LeakScanner(roots);
    const half = checkout.length >> 1;
    for (const part of [checkout.slice(0, half), `${checkout.slice(half)}/x`]) {
      scanner.addText(part);
    }
    expect([...scanner.found()]).toEqual([]);
  });
});

test("every seam between pieces is looked over", () => {
  const filler = "x".repeat(3000);
  const text = new TextEncoder().encode(`${filler}\0${checkout}/src/lib.rs\0${filler}`);
  const near = `${filler}\0${checkout}-next/src\0${filler}`;
  for (let cut = filler.length - 400; cut < filler.length + 400; cut += 1) {
    expect(found(text.subarray(0, cut), text.subarray(cut))).toEqual(["<WORKSPACE>"]);
    expect(found(near.slice(0, cut), near.slice(cut))).toEqual([]);
  }
  const bytewise = Array.from(text.subarray(2900, 3200), (byte) => Uint8Array.of(byte));
  expect(found(...bytewise)).toEqual(["<WORKSPACE>"]);
});

describe("compressed debug sections", () => {
  const source = `${checkout}/app.c`;

  function compile(name: string, ...flags: string[]): string {
    writeFileSync(source, "int answer(void) { return 42; }\n");
    const output = join(dir, name);
    const child = Bun.spawnSync(["cc", "-g", ...flags, "-o", output, source], { cwd: checkout });
    if (child.exitCode !== 0) throw new Error(child.stderr.toString());
    return output;
  }

  function unpacked(path: string): string[] {
    const bytes = readFileSync(path);
    // Proof that a search of the bytes alone does not see it.
    const raw = found(bytes);
    const scanner = new LeakScanner(roots);
    const fd = openRead(path);
    const end = eachPackedSection(fd, bytes.length, (content) => {
      scanner.add(content);
      scanner.end();
    });
    closeFd(fd);
    return [raw.join(), end, [...scanner.found()].join()];
  }

  for (const kind of ["zlib", "zlib-gnu", "zstd"]) {
    test(`of kind ${kind} in an object and an archive`, () => {
      const object = compile(`${kind}.o`, "-c");
      const tool = ["objcopy", `--compress-debug-sections=${kind}`, object];
      expect(Bun.spawnSync(tool).exitCode).toBe(0);
      const [raw, ...seen] = unpacked(object);
      // zstd leaves short texts as they are.
      if (kind !== "zstd") expect(raw).toBe("");
      expect(seen).toEqual(["done", "<WORKSPACE>"]);
      const archive = `${object}.a`;
      Bun.spawnSync(["ar", "rcs", archive, object]);
      expect(unpacked(archive).slice(1)).toEqual(["done", "<WORKSPACE>"]);
    });
  }

  test("none in an ordinary object, a text, a cut-off file", () => {
    const object = compile("plain.o", "-c");
    expect(unpacked(object)).toEqual(["<WORKSPACE>", "done", ""]);
    const cut = join(dir, "cut");
    writeFileSync(cut, readFileSync(object).subarray(0, 200));
    expect(unpacked(cut)[1]).toBe("done");
    writeFileSync(cut, "!<arch>\nnot an archive".padEnd(200));
    expect(unpacked(cut)[1]).toBe("unreadable");
  });
});
