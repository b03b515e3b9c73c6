// The rules that refuse a measurement, each with a case that it refuses and one that it lets pass.
import { describe, expect, test } from "bun:test";
import { configuredWrapper } from "./environment.ts";
import { compilesIn, refusal, wrapperStarts } from "./gates.ts";
import { compiledCrate, parseCost } from "./measure.ts";
import { median } from "./statistics.ts";

const cold = { counts: { hits: 0, misses: 40 }, wallMs: 10_000 };

describe("refusal", () => {
  test("a warm build that restored nothing is refused", () => {
    const seen = { counts: { hits: 0, misses: 40 }, wallMs: 9_000 };
    expect(refusal("other", seen, cold)).toContain("restored nothing");
  });

  test("a warm build with hits counts", () => {
    const seen = { counts: { hits: 40, misses: 0 }, wallMs: 500 };
    expect(refusal("rebuilt", seen, cold)).toBeUndefined();
  });

  test("a quick build whose units were copied before cargo asked counts", () => {
    const seen = { counts: { hits: 0, misses: 1 }, wallMs: 800 };
    expect(refusal("other", seen, cold)).toBeUndefined();
  });

  test("a wrapper that was switched off is not mistaken for one that copied", () => {
    const seen = { counts: { hits: 0, misses: 0 }, wallMs: 9_900 };
    expect(refusal("other", seen, cold)).toContain("restored nothing");
  });

  test("a cold build without a miss is refused", () => {
    expect(refusal("cold", { counts: { hits: 40, misses: 0 }, wallMs: 1 }, undefined)).toContain(
      "missed nothing",
    );
  });

  test("plain cargo keeps no counts and is never refused", () => {
    expect(refusal("other", { counts: undefined, wallMs: 1 }, undefined)).toBeUndefined();
  });
});

describe("processes", () => {
  const exec = (...argv: string[]) => ({ argv, cwd: "/", environment: {} });

  test("queries and other programs are not compiles", () => {
    expect(compiledCrate(["/usr/bin/rustc", "-vV"])).toBeUndefined();
    expect(compiledCrate(["rustc", "-", "--crate-name", "___", "--print=cfg"])).toBeUndefined();
    expect(compiledCrate(["/usr/bin/kache", "rustc", "--crate-name", "a"])).toBeUndefined();
    expect(compiledCrate(["/usr/bin/rustc", "--crate-name", "a", "src/lib.rs"])).toBe("a");
  });

  test("compiles and wrapper starts are counted", () => {
    const execs = [exec("cargo"), exec("/k", "rustc"), exec("rustc", "--crate-name", "b")];
    expect(compilesIn(execs)).toEqual(["b"]);
    expect(wrapperStarts(execs, "/k")).toBe(1);
  });
});

describe("decoders", () => {
  test("a wrapper in cargo's configuration is found, other settings are not", () => {
    expect(configuredWrapper('[build]\nrustc-wrapper = "sccache"\n')).toBe("build.rustc-wrapper");
    expect(configuredWrapper('[env]\nRUSTC_WRAPPER = "x"\n')).toBe("env.RUSTC_WRAPPER");
    expect(configuredWrapper("[build]\njobs = 2\n")).toBeUndefined();
  });

  test("the line of measure.c is read, a torn one is an error", () => {
    expect(parseCost("2500000 2048 1000 500 0\n")).toEqual({
      wallMs: 2.5,
      peakKb: 2048,
      cpuMs: 1.5,
    });
    expect(() => parseCost("12 x")).toThrow("unreadable");
  });

  test("the median of an even count lies between the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
