// The CacheKey brand: names of entries and manifests on disk and in remotes. Imports only base.
import { type Digest, parseDigest } from "../base/digest.ts";

/** The key of an entry (ResultKey): 64 lowercase hex digits. */
export type CacheKey = string & { readonly brand: "CacheKey" };

/** The key of a manifest (InvocationKey): 64 lowercase hex digits. */
export type InvocationKey = string & { readonly brand: "InvocationKey" };

/** Makes an entry's key from a digest. */
export function cacheKey(digest: Digest): CacheKey {
  return digest as string as CacheKey;
}

/** Makes a manifest's key from a digest. */
export function invocationKey(digest: Digest): InvocationKey {
  return digest as string as InvocationKey;
}

/** Reads a key from outside: exactly 64 lowercase hex digits, anything else is refused. */
export function parseCacheKey(text: string): CacheKey | undefined {
  const digest = parseDigest(text);
  return digest === undefined ? undefined : cacheKey(digest);
}
