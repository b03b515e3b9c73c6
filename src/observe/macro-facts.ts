// What a proc macro's library shows about reads that no observer of libc calls can see, remembered by
// the library's digest. Record: macros/<digest>.json {schema, enumerates, bypasses}.
import type { Digest } from "../base/digest.ts";
import { readText, writeFileAtomic } from "../base/file.ts";

/** Reads that would go unseen. */
export interface MacroFacts {
  /** It can walk the environment block (std::env::vars, or environ itself). */
  readonly enumerates: boolean;
  /** It makes system calls without libc (rustix's default backend). */
  readonly bypasses: boolean;
}

const SCHEMA = 1;

/** std's functions by either mangling (its own name follows its module's), and the C variable. */
const ENUMERATORS = ["3env4vars", "3env7vars_os", "\0environ\0", "\0__environ\0"];
/** The path of rustix's own system-call layer stands in its panic locations and symbols. */
const BYPASSES = ["linux_raw"];

/** Looks at a macro's library, once per content. Unreadable: assume the worst. */
export function macroFacts(cacheDir: string, path: string, digest: Digest): MacroFacts {
  const record = `${cacheDir}/macros/${digest}.json`;
  const known = decode(readText(record));
  if (known !== undefined) return known;
  const facts = examine(path);
  writeFileAtomic(record, JSON.stringify({ schema: SCHEMA, ...facts }));
  return facts;
}

function examine(path: string): MacroFacts {
  let bytes: Buffer;
  try {
    const mapped = Bun.mmap(path, { shared: true });
    bytes = Buffer.from(mapped.buffer, mapped.byteOffset, mapped.byteLength);
  } catch (fault) {
    if (fault instanceof Error) return { enumerates: true, bypasses: true };
    throw fault;
  }
  const has = (texts: readonly string[]) => texts.some((text) => bytes.includes(text, 0, "latin1"));
  return { enumerates: has(ENUMERATORS), bypasses: has(BYPASSES) };
}

function decode(text: string | undefined): MacroFacts | undefined {
  const match = /^\{"schema":1,"enumerates":(true|false),"bypasses":(true|false)\}$/.exec(
    text ?? "",
  );
  if (match === null) return undefined;
  return { enumerates: match[1] === "true", bypasses: match[2] === "true" };
}
