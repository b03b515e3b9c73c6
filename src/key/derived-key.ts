// What a key is derived from and what it comes to, with its trace.
import type { Env } from "../base/environment.ts";
import type { Digest } from "../base/digest.ts";
import type { Unseen } from "../base/file.ts";
import { type InvocationKey, invocationKey } from "./cache-key.ts";
import type { FileDigest, FileDigests } from "./file-digest.ts";
import type { KeyField, KeyHasher } from "./key-hasher.ts";
import type { Roots } from "./roots.ts";
import type { ToolchainSource } from "./toolchain.ts";

/** What a key of rustc's is derived from beside the call itself. */
export interface RustcKeyPlace {
  readonly cwd: string;
  readonly env: Env;
  readonly roots: Roots;
  readonly digests: FileDigests;
  readonly toolchain: ToolchainSource;
  readonly keySalt: string | undefined;
  readonly keyEnvVars: readonly string[];
  /** The source, where it comes through standard input. */
  readonly stdin: Digest | undefined;
  /** Whether paths in the outputs are mapped; without it the key is bound to this very place. */
  readonly remapped: boolean;
}

/** Fields to add, or why the key cannot be made. */
export type FieldsOrFault = readonly KeyField[] | { readonly fault: string };

/** The files whose content is in the key, as they were when it was made. */
export type KeyedFiles = ReadonlyMap<string, FileDigest | Unseen>;

/** The end of a key's making. */
export function finishedKey(hasher: KeyHasher, files: KeyedFiles): DerivedKey {
  const { damaged, fields } = hasher;
  if (damaged !== undefined) return { kind: "no-key", detail: `${damaged} is not UTF-8` };
  return { kind: "key", key: invocationKey(hasher.finish()), fields, files };
}

/** A derived key with its trace, or why there is none. */
export type DerivedKey =
  | {
      readonly kind: "key";
      readonly key: InvocationKey;
      readonly fields: readonly KeyField[];
      /** Every file whose content went in: none may change before the compiler has read it. */
      readonly files: KeyedFiles;
    }
  | { readonly kind: "no-key"; readonly detail: string };
