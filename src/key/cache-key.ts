// The two keys as types: names of entries and manifests on disk. Imports only base.
import { type Digest, parseDigest } from "../base/digest.ts";

/** The key of an entry: 64 lowercase hex digits. */
export type ResultKey = string & { readonly brand: "ResultKey" };

/** The key of a manifest: 64 lowercase hex digits. */
export type InvocationKey = string & { readonly brand: "InvocationKey" };

/** Makes an entry's key from a digest. */
export function resultKey(digest: Digest): ResultKey {
  return digest as string as ResultKey;
}

/** Makes a manifest's key from a digest. */
export function invocationKey(digest: Digest): InvocationKey {
  return digest as string as InvocationKey;
}

/** Reads a key from outside: exactly 64 lowercase hex digits, anything else is refused. */
export function parseResultKey(text: string): ResultKey | undefined {
  const digest = parseDigest(text);
  return digest === undefined ? undefined : resultKey(digest);
}
