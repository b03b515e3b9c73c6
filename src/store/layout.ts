// Digest and key → path: the shape of the store and of what stands beside it. What is remembered of compilers and
// crates (programs/, toolchains/, macros/, mentions/, observer/), each file that writes there says itself.
//   store/<key>/meta.json   one entry           store/blobs/<2 hex>/<digest>   one blob
//   store/<key>/inputs.json what its key was made of (why-miss; never read on a hit)
//   store/<invocation key>.lock                 a compile in flight
//   manifests/<invocation key>.json             input sets seen
//   settled/<digest>.set                        the set that held last in one place
//   verify/<time>-<crate>-<key>/                both sides of a verified hit that differed
//   store/gc.lock · gc.stamp · events.jsonl(.lock) · index.db
import type { Digest } from "../base/digest.ts";
import type { ResultKey, InvocationKey } from "../key/cache-key.ts";

/** Paths inside one cache directory. */
export class Layout {
  readonly cacheDir: string;
  /** Where files are in memory, for what lasts no longer than a compile: all users', and not there everywhere. */
  readonly memoryDir: string;

  constructor(cacheDir: string, memoryDir = "/dev/shm") {
    this.cacheDir = cacheDir;
    this.memoryDir = memoryDir;
  }

  storeDir(): string {
    return `${this.cacheDir}/store`;
  }

  blobsDir(): string {
    return `${this.cacheDir}/store/blobs`;
  }

  blob(digest: Digest): string {
    return `${this.cacheDir}/store/blobs/${digest.slice(0, 2)}/${digest}`;
  }

  entryDir(key: ResultKey): string {
    return `${this.cacheDir}/store/${key}`;
  }

  meta(key: ResultKey): string {
    return `${this.entryDir(key)}/meta.json`;
  }

  inputs(key: ResultKey): string {
    return `${this.entryDir(key)}/inputs.json`;
  }

  manifestsDir(): string {
    return `${this.cacheDir}/manifests`;
  }

  manifest(key: InvocationKey): string {
    return `${this.cacheDir}/manifests/${key}.json`;
  }

  flightLock(key: InvocationKey): string {
    return `${this.cacheDir}/store/${key}.lock`;
  }

  /** Where the set that held last in one place is remembered. */
  settled(digest: Digest): string {
    return `${this.cacheDir}/settled/${digest}.set`;
  }

  gcLock(): string {
    return `${this.cacheDir}/store/gc.lock`;
  }

  gcStamp(): string {
    return `${this.cacheDir}/gc.stamp`;
  }

  verifyDir(): string {
    return `${this.cacheDir}/verify`;
  }

  eventLog(): string {
    return `${this.cacheDir}/events.jsonl`;
  }

  index(): string {
    return `${this.cacheDir}/index.db`;
  }
}
