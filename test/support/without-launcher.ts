// The executable as it is where there is no launcher in front of the runtime.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { World } from "./rig.ts";
import { kache } from "./toolchain.ts";

/** A copy in a world that is entered where the runtime begins; undefined where the executable has no launcher. */
export function withoutLauncher(world: World): string | undefined {
  const program = readFileSync(kache);
  const ENTRY_AT = 24;
  const LAUNCHER_ADDRESS = 0x30000000n;
  const PAGE_BYTES = 4096;
  if (program.readBigUInt64LE(ENTRY_AT) >> 12n !== LAUNCHER_ADDRESS >> 12n) return undefined;
  const headersAt = Number(program.readBigUInt64LE(32));
  const HEADER_BYTES = 56;
  for (let at = headersAt; at < PAGE_BYTES; at += HEADER_BYTES) {
    if (program.readBigUInt64LE(at + 16) !== LAUNCHER_ADDRESS) continue;
    // The launcher begins with the runtime's own entry.
    const launcherAt = Number(program.readBigUInt64LE(at + 8));
    program.writeBigUInt64LE(program.readBigUInt64LE(launcherAt), ENTRY_AT);
    mkdirSync(world.path("bare"), { recursive: true });
    const bare = world.path("bare", "kache");
    writeFileSync(bare, program);
    chmodSync(bare, 0o755);
    return bare;
  }
  return undefined;
}
