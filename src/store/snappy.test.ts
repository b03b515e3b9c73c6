// Snappy streams made by hand from the format's description, and damaged ones.
import { describe, expect, test } from "bun:test";
import { packedMetadata, unpackStream } from "./snappy.ts";

const START = [0xff, 0x06, 0, 0, ...Buffer.from("sNaPpY")];

/** A chunk: type, length, and for content a checksum that nobody looks at. */
function chunk(type: number, content: readonly number[]): number[] {
  const length = content.length + 4;
  return [type, length & 0xff, length >> 8, 0, 0, 0, 0, 0, ...content];
}

function unpacked(...chunks: readonly number[][]): string | undefined {
  return unpackStream(Buffer.from([...START, ...chunks.flat()]), 1000)?.toString();
}

const text = (words: string) => [...Buffer.from(words)];
const literal = (words: string) => [(words.length - 1) << 2, ...text(words)];

describe("a snappy stream", () => {
  test("gives literals and chunks that are not packed, in order", () => {
    expect(unpacked(chunk(0, [3, ...literal("abc")]), chunk(1, text("def")))).toBe("abcdef");
  });

  test("gives copies with offsets of one, two and four bytes, overlapping ones too", () => {
    const one = [((7 - 4) << 2) | 1, 3];
    const two = [((2 - 1) << 2) | 2, 10, 0];
    const four = [((1 - 1) << 2) | 3, 12, 0, 0, 0];
    const block = [13, ...literal("abc"), ...one, ...two, ...four];
    expect(unpacked(chunk(0, block))).toBe("abcabcabcaaba");
  });

  test("gives literals whose length stands behind the tag", () => {
    const words = "x".repeat(70);
    expect(unpacked(chunk(0, [70, 60 << 2, 69, ...text(words)]))).toBe(words);
  });

  test("that is damaged, cut off or too long gives nothing", () => {
    const beyond = [4, ...literal("abc"), ((4 - 4) << 2) | 1, 9];
    const zero = [7, ...literal("abc"), ((4 - 4) << 2) | 1, 0];
    for (const block of [beyond, zero, [9, ...literal("abc")], [2, ...literal("abc")]])
      expect(unpacked(chunk(0, block))).toBeUndefined();
    expect(unpacked([0, 200, 0, 0])).toBeUndefined();
    expect(unpacked(chunk(2, text("abc")))).toBeUndefined();
    expect(unpackStream(Buffer.from([...START, ...chunk(1, text("abc"))]), 2)).toBeUndefined();
  });
});

test("only rustc's own packed metadata is taken for it", () => {
  const head = [...Buffer.from("rust\0\0\0\n"), 9, 0, 0, 0, 0, 0, 0, 0];
  const stream = [...START, ...chunk(1, text("abc"))];
  expect(packedMetadata(Buffer.from([...head, ...stream]))).toEqual(Buffer.from(stream));
  expect(packedMetadata(Buffer.from([...head, ...head]))).toBeUndefined();
  expect(packedMetadata(Buffer.from([...Buffer.from("another:"), ...stream]))).toBeUndefined();
});
