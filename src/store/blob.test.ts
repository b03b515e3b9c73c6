// Taking a file in while others touch it: a scanner is called between its reading and its copying.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CacheDir } from "../../test/support/cache-dir.ts";
import { digestOf } from "../base/digest.ts";
import { DigestMemo } from "../key/digest-memo.ts";
import { FileDigests } from "../key/file-digest.ts";
import { Roots } from "../key/roots.ts";
import { takeIn } from "./blob.ts";
import { holdOpened, releaseOutput } from "./held-output.ts";
import { LeakScanner } from "./leak-scan.ts";

let cache: CacheDir;
let path: string;
beforeEach(() => {
  cache = new CacheDir();
  path = join(cache.path, "made.rmeta");
  writeFileSync(path, "made");
});
afterEach(() => {
  cache.remove();
});

/** Does something once, when the file has been read. */
class Meddler extends LeakScanner {
  readonly #meddle: () => void;
  #isDone = false;

  constructor(meddle: () => void) {
    super(new Roots([]));
    this.#meddle = meddle;
  }

  override end(): void {
    super.end();
    if (!this.#isDone) this.#meddle();
    this.#isDone = true;
  }
}

/** Takes the file in, held open where asked, while somebody meddles. */
function taken(meddle: () => void, wantsCheck: boolean) {
  const digests = new FileDigests(new DigestMemo(cache.path));
  const scanner = new Meddler(meddle);
  const held = wantsCheck ? holdOpened(path, () => true, true) : undefined;
  if (held === "not-held") throw new Error("not held");
  const result = takeIn(cache.layout, digests, { path, mayLink: false, scanner, held });
  if (held !== undefined) releaseOutput(held);
  return result;
}

const blobOf = (text: string) => cache.layout.blob(digestOf(text));
const LONG_AGO_S = 1_500_000_000;

describe("a file taken in", () => {
  test("is kept where it was held with its check and is dated anew meanwhile", () => {
    const result = taken(() => {
      utimesSync(path, LONG_AGO_S, LONG_AGO_S);
    }, true);
    expect(result?.digest).toBe(digestOf("made"));
    expect(readFileSync(blobOf("made"), "utf8")).toBe("made");
  });

  test.each([
    ["held", true],
    ["by its path", false],
  ])("%s is not kept where it is written into meanwhile, under any digest", (_, wantsCheck) => {
    const result = taken(() => {
      appendFileSync(path, " anew");
      utimesSync(path, LONG_AGO_S, LONG_AGO_S);
    }, wantsCheck);
    expect(result).toBeUndefined();
    expect(existsSync(blobOf("made"))).toBe(false);
    expect(existsSync(blobOf("made anew"))).toBe(false);
  });
});
