// File digests remembered by (device, inode, size, mtime, ctime) in a fixed-size memory-mapped table
// that all processes share: lossy, no locks, safe against torn writes by a checksum per slot.
//
// File: 32-byte header "KACHEMEMO1" padded with NUL, then SLOTS slots of 96 bytes, little endian:
//   f64 dev · u32 ino high · u32 ino low · f64 size · f64 mtime s · u32 mtime ns · u32 ctime ns ·
//   f64 ctime s · 32 bytes digest · u32 crc32 of the 80 bytes before · zeros
// Version list: 1 is the only one; the version is part of the file's name.
import { type Digest, digestBytes, digestFromBytes } from "../base/digest.ts";
import { makeDirs } from "../base/directory.ts";
import {
  closeFd,
  openNew,
  removeFile,
  renamePath,
  reserveFd,
  sameFile,
  type Stat,
  statPath,
  tempName,
} from "../base/file.ts";
import { dirName } from "../base/path.ts";

const SLOT_BYTES = 96;
const HEADER_BYTES = 32;
/**
 * 65,536 files: a graph of 1,000 units touches about 20,000. 6.3 MB, reserved: writing to a hole of a mapped file on
 * a full disk would end the process.
 */
const SLOTS = 1 << 16;
const WAYS = 4;
const DIGEST_AT = 48;
const CHECK_AT = 80;
const FILE_BYTES = HEADER_BYTES + SLOTS * SLOT_BYTES;

/** The shared table. Without a usable file it remembers nothing and answers nothing. */
export class DigestMemo {
  readonly #bytes: Uint8Array | undefined;
  readonly #view: DataView | undefined;
  readonly #slot = new Uint8Array(SLOT_BYTES);
  readonly #slotView = new DataView(this.#slot.buffer);

  constructor(cacheDir: string) {
    this.#bytes = mapTable(`${cacheDir}/digests-1.memo`);
    this.#view =
      this.#bytes === undefined
        ? undefined
        : new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** The digest of the file that had exactly this stat when it was remembered. */
  recall(stat: Stat): Digest | undefined {
    const bytes = this.#bytes;
    if (bytes === undefined) return undefined;
    const first = firstSlot(stat);
    for (let way = 0; way < WAYS; way += 1) {
      const at = HEADER_BYTES + (first + way) * SLOT_BYTES;
      if (this.#view?.getUint32(at + 12, true) !== stat.inoLow) continue;
      // Copied before it is checked: another process may be writing it.
      this.#slot.set(bytes.subarray(at, at + SLOT_BYTES));
      if (this.#matches(stat)) return digestFromBytes(this.#slot.slice(DIGEST_AT, CHECK_AT));
    }
    return undefined;
  }

  #matches(stat: Stat): boolean {
    const v = this.#slotView;
    return (
      v.getUint32(CHECK_AT, true) === crc(this.#slot) &&
      v.getFloat64(0, true) === stat.dev &&
      v.getUint32(8, true) === stat.inoHigh &&
      v.getUint32(12, true) === stat.inoLow &&
      v.getFloat64(16, true) === stat.size &&
      v.getFloat64(24, true) === stat.mtimeSec &&
      v.getUint32(32, true) === stat.mtimeNsec &&
      v.getUint32(36, true) === stat.ctimeNsec &&
      v.getFloat64(40, true) === stat.ctimeSec
    );
  }

  /** Remembers that a file with this stat has this digest; may push another file out. */
  remember(stat: Stat, digest: Digest): void {
    const bytes = this.#bytes;
    const view = this.#view;
    if (bytes === undefined || view === undefined) return;
    const v = this.#slotView;
    this.#slot.fill(0);
    v.setFloat64(0, stat.dev, true);
    v.setUint32(8, stat.inoHigh, true);
    v.setUint32(12, stat.inoLow, true);
    v.setFloat64(16, stat.size, true);
    v.setFloat64(24, stat.mtimeSec, true);
    v.setUint32(32, stat.mtimeNsec, true);
    v.setUint32(36, stat.ctimeNsec, true);
    v.setFloat64(40, stat.ctimeSec, true);
    this.#slot.set(digestBytes(digest), DIGEST_AT);
    v.setUint32(CHECK_AT, crc(this.#slot), true);
    bytes.set(this.#slot, HEADER_BYTES + (firstSlot(stat) + wayFor(view, stat)) * SLOT_BYTES);
  }
}

function crc(slot: Uint8Array): number {
  return Bun.hash.crc32(slot.subarray(0, CHECK_AT));
}

function firstSlot(stat: Stat): number {
  const mixed = Math.imul(stat.inoLow ^ Math.imul(stat.inoHigh, 31) ^ stat.dev, 0x9e3779b1);
  return ((mixed >>> 8) & (SLOTS / WAYS - 1)) * WAYS;
}

/** The same inode's slot, else an empty one, else one picked by the newcomer's times. */
function wayFor(view: DataView, stat: Stat): number {
  const first = firstSlot(stat);
  let empty = -1;
  for (let way = 0; way < WAYS; way += 1) {
    const at = HEADER_BYTES + (first + way) * SLOT_BYTES;
    const inoLow = view.getUint32(at + 12, true);
    if (inoLow === stat.inoLow) return way;
    if (inoLow === 0 && empty < 0) empty = way;
  }
  return empty >= 0 ? empty : (stat.ctimeNsec >>> 4) % WAYS;
}

interface Mapped {
  readonly path: string;
  readonly stat: Stat;
  readonly bytes: Uint8Array;
}

/** The table mapped last, for the calls of one process: mapped anew for each, its pages were half a call's page faults. */
let mapped: Mapped | undefined;

function mapTable(path: string): Uint8Array | undefined {
  const stat = statPath(path);
  const isUsable = typeof stat === "object" && stat.kind === "file" && stat.size === FILE_BYTES;
  if (isUsable && mapped?.path === path && sameFile(mapped.stat, stat)) return mapped.bytes;
  mapped = undefined;
  if (!isUsable && !createTable(path)) return undefined;
  try {
    const bytes = Bun.mmap(path, { shared: true });
    if (bytes.length !== FILE_BYTES) return undefined;
    // One that was made this moment is mapped again by the next call.
    if (isUsable) mapped = { path, stat, bytes };
    return bytes;
  } catch (fault) {
    // An unreadable or unwritable file: the memo is only a shortcut.
    if (fault instanceof Error) return undefined;
    throw fault;
  }
}

function createTable(path: string): boolean {
  const dir = dirName(path);
  const temp = `${dir}/${tempName()}`;
  let fd = openNew(temp, 0o600);
  if (fd < 0 && makeDirs(dir)) fd = openNew(temp, 0o600);
  if (fd < 0) return false;
  const sized = reserveFd(fd, FILE_BYTES);
  closeFd(fd);
  if (sized && renamePath(temp, path)) return true;
  removeFile(temp);
  return false;
}
