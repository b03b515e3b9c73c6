// The commands of the compiled executable as people call them: with few variables, in directories of their own.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "bun:test";
import { kache, sysroot } from "./toolchain.ts";

/** What a command came to. */
export interface CommandRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls commands; a directory for one file's tests, removed after them. */
export class Commands {
  readonly root = mkdtempSync(join(tmpdir(), "kache-cli-"));
  readonly home = join(this.root, "home");

  constructor() {
    mkdirSync(this.home);
    afterAll(() => {
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  /** What every command has, with changes on top. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { PATH: `${join(sysroot, "bin")}:/usr/bin:/bin`, HOME: this.home, ...more };
  }

  /** Runs one to its end. */
  readonly run = (
    words: readonly string[],
    more: Readonly<Record<string, string>> = {},
    cwd = this.root,
  ): CommandRun => {
    const env = this.environment(more);
    const child = Bun.spawnSync([kache, ...words], { cwd, env, stdin: "ignore" });
    const { exitCode } = child;
    return { exitCode, stdout: child.stdout.toString(), stderr: child.stderr.toString() };
  };
}

/** Names the cache directory. */
export const on = (dir: string) => ({ KACHE_CACHE_DIR: dir });
