// Type check, type-aware lint and format check: `npm run check`. Every tool runs, then the first bad
// status is the answer.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");

const TOOLS: readonly (readonly string[])[] = [
  ["tsc", "--project", "."],
  ["eslint", "src", "test", "bench", "scripts"],
  ["prettier", "--check", "--log-level", "warn", "."],
];

/** Runs all checks; the names of those that failed. */
export function check(): string[] {
  // The executable embeds this file, so the types of its import must resolve before the first build.
  const library = join(root, "dist", "libkache_observer.so");
  mkdirSync(join(root, "dist"), { recursive: true });
  if (!existsSync(library)) writeFileSync(library, "");
  return TOOLS.filter(([tool = "", ...args]) => {
    const path = join(root, "node_modules", ".bin", tool);
    const run = Bun.spawnSync([path, ...args], { cwd: root, stdout: "inherit", stderr: "inherit" });
    return run.exitCode !== 0;
  }).map(([tool = ""]) => tool);
}

if (import.meta.main) {
  const failed = check();
  if (failed.length > 0) {
    process.stderr.write(`error: ${failed.join(", ")} found faults; see above\n`);
    process.exit(1);
  }
}
