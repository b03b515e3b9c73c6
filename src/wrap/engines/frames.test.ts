// Requests and frames: whole, in pieces, and in nonsense.
import { describe, expect, test } from "bun:test";
import {
  decodeEnded,
  decodeRequest,
  encodeFrame,
  encodeProgram,
  encodeWords,
  takeFrames,
} from "./frames.ts";

const text = (...items: readonly string[]) =>
  new TextEncoder().encode(items.map((item) => `${item}\0`).join(""));

function request(texts: Uint8Array, words: number, variables: number, version = 1): Uint8Array {
  const header = encodeWords(version, texts.length, 4, 0o22, words, variables);
  return Buffer.concat([header, texts]);
}

describe("a request", () => {
  const whole = request(text("/dir", "kache", "gcc", "A=b=c", "EMPTY="), 2, 2);

  test("is understood when all of it has come, and not before", () => {
    for (let end = 0; end < whole.length; end += 1) {
      expect(decodeRequest(whole.subarray(0, end))).toBe("incomplete");
    }
    expect(decodeRequest(whole)).toEqual({
      streams: 4,
      umask: 0o22,
      cwd: "/dir",
      words: ["kache", "gcc"],
      variables: ["A=b=c", "EMPTY="],
    });
  });

  test("is refused with another version, wrong counts, too many bytes, or text that is not UTF-8", () => {
    expect(decodeRequest(request(text("/", "a"), 1, 0, 2))).toBe("invalid");
    expect(decodeRequest(request(text("/", "a"), 2, 0))).toBe("invalid");
    expect(decodeRequest(request(Uint8Array.of(0x2f, 0, 0xff, 0), 1, 0))).toBe("invalid");
    expect(decodeRequest(encodeWords(1, 1 << 30, 0, 0, 1, 0))).toBe("invalid");
  });
});

describe("frames", () => {
  test("are taken whole; what is not yet whole stays", () => {
    const both = Buffer.concat([
      encodeFrame("o", text("hi")),
      encodeFrame("x", encodeWords(7, 256)),
    ]);
    const taken = takeFrames(both.subarray(0, both.length - 1));
    expect(taken?.frames.map(({ kind }) => kind)).toEqual(["o"]);
    const rest = takeFrames(
      Buffer.concat([taken?.rest ?? new Uint8Array(), both.subarray(both.length - 1)]),
    );
    expect(rest?.frames.map(({ bytes }) => decodeEnded(bytes))).toEqual([{ pid: 7, status: 256 }]);
  });

  test("that are too large are nonsense", () => {
    expect(takeFrames(Uint8Array.of(0x6f, 255, 255, 255, 255))).toBeUndefined();
  });

  test("hold a program with its counts in front", () => {
    const bytes = encodeProgram({ path: "/bin/cc", words: ["cc", "-c"], changes: { A: "1" } });
    expect(bytes).toEqual(
      new Uint8Array(Buffer.concat([encodeWords(2, 1), text("/bin/cc", "cc", "-c", "A=1")])),
    );
  });
});
