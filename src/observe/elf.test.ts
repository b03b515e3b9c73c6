import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refusesPreload } from "./elf.ts";

const dir = mkdtempSync(join(tmpdir(), "kache-elf-"));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** The start of a real program of this machine, altered. */
function programWith(alter: (bytes: Buffer) => void): string {
  const bytes = readFileSync("/bin/sh").subarray(0, 4096);
  alter(bytes);
  const path = join(dir, "program");
  writeFileSync(path, bytes);
  return path;
}

test("this machine's programs, scripts and what cannot be read are given the library", () => {
  const script = join(dir, "script");
  writeFileSync(script, "#!/bin/sh\n");
  expect(["/bin/sh", script, join(dir, "absent")].map(refusesPreload)).toEqual([
    false,
    false,
    false,
  ]);
});

test("a program of another class, machine or C library is not: its loader would complain", () => {
  const CLASS_AT = 4;
  const MACHINE_AT = 18;
  const alterations: ((bytes: Buffer) => void)[] = [
    (bytes) => bytes.writeUInt8(1, CLASS_AT),
    (bytes) => bytes.writeUInt16LE(8, MACHINE_AT),
    (bytes) => bytes.write("/ld-musl-", bytes.indexOf("/ld-linux")),
  ];
  for (const alter of alterations) expect(refusesPreload(programWith(alter))).toBe(true);
});
