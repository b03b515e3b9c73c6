// What stands around a compiler call: a shell's script, another user, a script in the compiler's place, mounts.
import { chmodSync } from "node:fs";
import { join } from "node:path";

/** Runs a call as `"$@"` of a script for bash. */
export function shell(script: string) {
  return (words: readonly string[]): string[] => ["bash", "-c", script, "bash", ...words];
}

/** Runs a call as somebody whom permissions bind. */
export const asNobody = shell('exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"');

/** Lets a file of the case's directory be run. */
export function executable(name: string) {
  return (dir: string): void => {
    chmodSync(join(dir, name), 0o755);
  };
}

/** Why nothing can be mounted here; undefined where that works. */
export function cannotMount(): string | undefined {
  if (process.getuid?.() !== 0) return "mounting needs root";
  const tried = Bun.spawnSync(["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"]);
  return tried.exitCode === 0 ? undefined : "file systems cannot be mounted here";
}
