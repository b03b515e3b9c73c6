// Runs a TypeScript file of this project with the pinned Bun, installing the pinned packages first
// when they are missing or the lockfile has changed. Needs only Node and npm.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, "package-lock.json");
const installed = join(root, "node_modules", ".kache-lock.json");
const bun = join(root, "node_modules", "bun", "bin", "bun.exe");

function same(a, b) {
  return existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b));
}

if (!same(lock, installed)) {
  process.stderr.write("Installing packages (npm ci)…\n");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    process.stderr.write("error: npm ci failed; see its messages above\n");
    process.exit(1);
  }
  copyFileSync(lock, installed);
}

const [script, ...args] = process.argv.slice(2);
const env = { ...process.env, KACHE_CALLER_DIR: process.env.INIT_CWD ?? process.cwd() };
const run = spawnSync(bun, [join(root, script), ...args], { cwd: root, stdio: "inherit", env });
if (run.error) {
  process.stderr.write(`error: cannot run ${bun}: ${run.error.message}\n`);
  process.exit(1);
}
process.exit(run.status ?? 1);
