// Groups of processes that can be stopped and let go on as one, and that count what they cost: Linux control groups,
// of either version. Needs root.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BenchFailure } from "./failure.ts";

/** A group; whatever its processes start belongs to it. */
export interface ProcessGroup {
  /** Words that run a command within the group. */
  readonly within: (argv: readonly string[]) => string[];
  readonly freeze: () => Promise<void>;
  readonly thaw: () => void;
  /** Processor time of all its processes so far, ended ones too, in milliseconds. */
  readonly cpuMs: () => number;
  /** Kills what still runs in the group, frozen or not, and removes it. */
  readonly end: () => Promise<void>;
}

const ROOT = "/sys/fs/cgroup";

/** Makes a group. Fails where there are no control groups, or none may be made. */
export function makeProcessGroup(name: string): ProcessGroup {
  try {
    return existsSync(join(ROOT, "cgroup.controllers")) ? unified(name) : separate(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BenchFailure(`no group of processes can be made below ${ROOT} (root may): ${why}`);
  }
}

/** Version 2: one hierarchy. */
function unified(name: string): ProcessGroup {
  const group = join(ROOT, name);
  mkdirSync(group);
  const isFrozen = () => /^frozen 1$/m.test(readFileSync(join(group, "cgroup.events"), "utf8"));
  const thaw = () => {
    writeFileSync(join(group, "cgroup.freeze"), "0");
  };
  return {
    within: (argv) => joining([group], argv),
    freeze: () => {
      writeFileSync(join(group, "cgroup.freeze"), "1");
      return until(isFrozen);
    },
    thaw,
    cpuMs: () => {
      const [, used = "0"] =
        /^usage_usec (\d+)$/m.exec(readFileSync(join(group, "cpu.stat"), "utf8")) ?? [];
      return Number(used) / 1e3;
    },
    end: () => endGroups([group], thaw),
  };
}

/** Version 1: one hierarchy for each purpose. */
function separate(name: string): ProcessGroup {
  const freezer = join(ROOT, "freezer", name);
  const accounts = join(ROOT, "cpuacct", name);
  // Groups end in this order: as long as there is anybody, the freezer is there to let him go.
  const groups = [accounts, freezer];
  for (const group of groups) mkdirSync(group);
  const state = join(freezer, "freezer.state");
  const thaw = () => {
    writeFileSync(state, "THAWED");
  };
  return {
    within: (argv) => joining(groups, argv),
    freeze: () => {
      writeFileSync(state, "FROZEN");
      return until(() => readFileSync(state, "utf8").trim() === "FROZEN");
    },
    thaw,
    cpuMs: () => Number(readFileSync(join(accounts, "cpuacct.usage"), "utf8")) / 1e6,
    end: () => endGroups(groups, thaw),
  };
}

function joining(groups: readonly string[], argv: readonly string[]): string[] {
  const joins = groups.map((group) => `echo $$ >"${group}/cgroup.procs" && `).join("");
  return ["sh", "-c", `${joins}exec "$@"`, "sh", ...argv];
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1);
}

/** Ended processes leave a group a moment later; what is killed may have started others meanwhile. */
async function endGroups(groups: readonly string[], thaw: () => void): Promise<void> {
  const ATTEMPTS = 100;
  for (const group of groups) {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      // A frozen process does not hear of its end.
      if (killAll(group)) thaw();
      try {
        rmdirSync(group);
        break;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await Bun.sleep(20);
      }
    }
  }
}

/** Whether there was anybody. */
function killAll(group: string): boolean {
  const pids = readFileSync(join(group, "cgroup.procs"), "utf8").match(/\d+/g) ?? [];
  for (const pid of pids) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  return pids.length > 0;
}
