// The observer library's bytes, carried inside the executable, and its digest, known since the build.
import library from "../../dist/libkache_observer.so" with { type: "file" };
import { type Digest, parseDigest } from "../base/digest.ts";

declare const OBSERVER_DIGEST: string | undefined;

/** The digest of the library this build carries; undefined when it carries none. */
export function observerDigest(): Digest | undefined {
  return typeof OBSERVER_DIGEST === "string" ? parseDigest(OBSERVER_DIGEST) : undefined;
}

/** The library's bytes. Only node:fs reads embedded files at once, so it is loaded here alone. */
export function observerBytes(): Uint8Array {
  return process.getBuiltinModule("node:fs").readFileSync(library);
}
