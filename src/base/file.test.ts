// The clock that files are dated by: what is given the time of now is never younger than what is written next.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeFd, openAppend, touchFd } from "./file.ts";

test("a file that is given the time of now is no younger than one that is written after it", () => {
  const dir = mkdtempSync(join(tmpdir(), "kache-touch-"));
  const timeOf = (path: string) => statSync(path, { bigint: true }).mtimeNs;
  try {
    for (let round = 0; round < 50; round += 1) {
      const [touched, written] = [join(dir, "touched"), join(dir, `written${round}`)];
      const fd = openAppend(touched);
      expect(touchFd(fd)).toBe(true);
      closeFd(fd);
      writeFileSync(written, "");
      expect(timeOf(touched)).toBeLessThanOrEqual(timeOf(written));
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
