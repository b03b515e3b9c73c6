// path → digest, remembered by stat. A file changed so recently that its times could not show another
// change is hashed but not remembered.
import { type Digest, StreamDigest } from "../base/digest.ts";
import { wallMs } from "../base/clock.ts";
import {
  closeFd,
  eachChunk,
  openRead,
  sameStat,
  type Stat,
  statFd,
  statPath,
  type Unseen,
} from "../base/file.ts";
import { roundedS } from "../base/rounded-times.ts";
import type { DigestMemo } from "./digest-memo.ts";
import { type HeldDigest, heldDigest } from "./held-digest.ts";
import { isMadeUp } from "./system-files.ts";

/** A file's content and the stat it was taken at. */
export interface FileDigest {
  readonly digest: Digest;
  readonly stat: Stat;
  /** Whether the stat tells that the content is the same: not so for files that are made up as they are read. */
  readonly stamped: boolean;
}

/** How much hashing an invocation did, for its event. */
export interface DigestCounts {
  remembered: number;
  hashed: number;
  hashedBytes: number;
}

/** Kernel clocks tick every 1 to 10 ms; a file older than this shows any later change by its times. */
export const SETTLED_MS = 50;

/** Digests of files, each file looked at once per invocation. */
export class FileDigests {
  readonly counts: DigestCounts = { remembered: 0, hashed: 0, hashedBytes: 0 };
  readonly #memo: DigestMemo;
  readonly #seen = new Map<string, FileDigest | Unseen>();

  constructor(memo: DigestMemo) {
    this.#memo = memo;
  }

  /** The digest of a regular file's content; directories and devices are unreadable. */
  of(path: string): FileDigest | Unseen {
    const known = this.#seen.get(path);
    if (known !== undefined) return known;
    const found = this.#look(path);
    this.#seen.set(path, found);
    return found;
  }

  /**
   * A file that this process holds and has not hashed yet, with its stat: its digest can be had later. Undefined for
   * every other.
   */
  unread(path: string): { readonly stat: Stat; readonly held: HeldDigest } | undefined {
    const stat = statPath(path);
    if (typeof stat === "string" || this.#memo.recall(stat) !== undefined) return undefined;
    const held = heldDigest(stat);
    return held === undefined || held.known !== undefined ? undefined : { stat, held };
  }

  /** What was seen so far, by path. */
  seen(): ReadonlyMap<string, FileDigest | Unseen> {
    return new Map(this.#seen);
  }

  /** Forgets what was seen, so that the next look is a fresh one: after the compiler has run. */
  forget(): void {
    this.#seen.clear();
  }

  /** Tells the memo what a file that we wrote or took in holds. */
  remember(stat: Stat, digest: Digest): void {
    this.#memo.remember(stat, digest);
  }

  /** The remembered digest of something with this stat, without looking at the file. */
  recall(stat: Stat): Digest | undefined {
    return this.#memo.recall(stat);
  }

  #look(path: string): FileDigest | Unseen {
    const stat = statPath(path);
    if (typeof stat === "string") return stat;
    if (stat.kind !== "file") return "unreadable";
    const recalled = this.#memo.recall(stat);
    if (recalled !== undefined) {
      this.counts.remembered += 1;
      return { digest: recalled, stat, stamped: true };
    }
    return this.#ofHeld(stat) ?? this.#hash(path);
  }

  #ofHeld(stat: Stat): FileDigest | undefined {
    const held = heldDigest(stat);
    const isHashed = held?.known === undefined;
    const digest = held?.digest();
    if (digest === undefined) return undefined;
    this.counts[isHashed ? "hashed" : "remembered"] += 1;
    if (isHashed) this.counts.hashedBytes += stat.size;
    return { digest, stat, stamped: true };
  }

  #hash(path: string): FileDigest | Unseen {
    const fd = openRead(path);
    if (fd < 0) return "unreadable";
    try {
      const before = statFd(fd);
      if (typeof before === "string" || before.kind !== "file") return "unreadable";
      const hasher = new StreamDigest();
      let bytes = 0;
      const isRead = eachChunk(fd, (piece) => {
        hasher.add(piece);
        bytes += piece.length;
      });
      const after = statFd(fd);
      if (!isRead || typeof after === "string") return "unreadable";
      const digest = hasher.finish();
      this.counts.hashed += 1;
      this.counts.hashedBytes += after.size;
      const stamped = !isMadeUp(path) && bytes === after.size;
      if (stamped && sameStat(before, after) && isSettled(after))
        this.#memo.remember(after, digest);
      return { digest, stat: after, stamped };
    } finally {
      closeFd(fd);
    }
  }
}

function isSettled(stat: Stat): boolean {
  const MS = 1000;
  const newest = Math.max(
    stat.mtimeSec * MS + stat.mtimeNsec / 1e6,
    stat.ctimeSec * MS + stat.ctimeNsec / 1e6,
  );
  return newest + roundedS(stat) * MS + SETTLED_MS < wallMs();
}
