// A derived key with its trace. Types only.
import type { Unseen } from "../base/file.ts";
import type { InvocationKey } from "./cache-key.ts";
import type { FileDigest } from "./file-digest.ts";
import type { KeyField } from "./key-hasher.ts";

/** The files whose content is in the key, as they were when it was made. */
export type KeyedFiles = ReadonlyMap<string, FileDigest | Unseen>;

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
