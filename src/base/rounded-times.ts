// File systems that tell whole seconds.
import type { Stat } from "./file.ts";

/**
 * By how many seconds a stat's times may be rounded down: file systems that keep whole seconds (ext4 with small inodes,
 * NFS on such) or even ones (FAT) tell no parts of them. Nobody can set a time of change.
 */
export function roundedS({ ctimeNsec }: Pick<Stat, "ctimeNsec">): number {
  const FAT_S = 2;
  return ctimeNsec === 0 ? FAT_S : 0;
}
