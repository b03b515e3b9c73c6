// What a proc macro's library shows about reads that no observer of libc calls can see, remembered by
// the library's digest. Record: macros/<digest>.json {schema, enumerates, bypasses}.
import type { Digest } from "../base/digest.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readText } from "../base/file.ts";
import { withMapped } from "../base/map-file.ts";
import { undefinedSymbols } from "./elf.ts";

/** Reads that would go unseen. */
export interface MacroFacts {
  /** It can walk the environment block (std::env::vars, or environ itself). */
  readonly enumerates: boolean;
  /** It makes system calls without libc (rustix's default backend). */
  readonly bypasses: boolean;
}

const SCHEMA = 1;

/** The C variable, or std's functions (either mangling) where std is a library of its own. */
const ENUMERATOR = /^(?:__)?environ$|3env(?:4vars|7vars_os)/;
/** The name of rustix's own system-call layer stands in its panic locations and symbols. */
const BYPASS = "linux_raw";

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
  const worst = { enumerates: true, bypasses: true };
  return withMapped(path, examineBytes) ?? worst;
}

function examineBytes(bytes: Uint8Array): MacroFacts {
  const symbols = undefinedSymbols(bytes);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    enumerates: symbols === undefined || [...symbols].some((name) => ENUMERATOR.test(name)),
    bypasses: symbols === undefined || all.includes(BYPASS, 0, "latin1"),
  };
}

function decode(text: string | undefined): MacroFacts | undefined {
  const match = /^\{"schema":1,"enumerates":(true|false),"bypasses":(true|false)\}$/.exec(
    text ?? "",
  );
  if (match === null) return undefined;
  return { enumerates: match[1] === "true", bypasses: match[2] === "true" };
}
