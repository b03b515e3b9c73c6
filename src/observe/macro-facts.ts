// What a proc macro's library shows about reads that no observer of libc calls can see, remembered by
// the library's digest. Record: macros/<digest>.json {schema, enumerates, bypasses, tellsTimes,
// asksOpened, asksTimes, locates, writes, asksArguments}.
import { bufferOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readText } from "../base/file.ts";
import { withMapped } from "../base/map-file.ts";
import { symbolNames, undefinedSymbols } from "./elf.ts";

/** Reads that would go unseen. */
export interface MacroFacts {
  /** It can walk the environment block (std::env::vars, or environ itself). */
  readonly enumerates: boolean;
  /** It makes system calls without libc (rustix's default backend). */
  readonly bypasses: boolean;
  /** It can turn a file's times into numbers or text (SystemTime::duration_since and its kin). */
  readonly tellsTimes: boolean;
  /** It asks an open file for times and mode, which nobody sees: the compiler asks every file for its size. */
  readonly asksOpened: boolean;
  /** It asks for times by name: for whoever has no use for a directory's, those change too often. */
  readonly asksTimes: boolean;
  /** It can ask where a source lies, which rustc answers with the real path, or its own library: nobody sees. */
  readonly locates: boolean;
  /** It holds macros that can make, change or remove files. What programs do that they start is not told. */
  readonly writes: boolean;
  /** It can ask for the compiler's own arguments, which nobody sees. */
  readonly asksArguments: boolean;
}

/** Of one that cannot be looked at. */
export const WORST_FACTS: MacroFacts = {
  enumerates: true,
  bypasses: true,
  tellsTimes: true,
  asksOpened: true,
  asksTimes: true,
  locates: true,
  writes: true,
  asksArguments: true,
};

/** Schema 1 had no times, 2 no places, 3 nothing of open files, 4 of writing, 5 of arguments, 6 and 8 that of opening libraries, 7 nothing of their places, 9 nothing of owners. */
const SCHEMA = 10;

/** The C variable, or std's functions (either mangling) where std is a library of its own. */
const ENUMERATOR = /^(?:__)?environ$|3env(?:4vars|7vars_os)/;
/** The name of rustix's own system-call layer stands in its panic locations and symbols. */
const BYPASS = "linux_raw";

/**
 * What makes a number or text of a file's time, or of its owner and its number of names, with which the time of change
 * moves: std's functions, in either mangling. Comparing two times
 * does not. They have names of their own in macros that are compiled without optimisation, as cargo does;
 * `MetadataExt`'s can vanish in others.
 */
const TIMES =
  /SystemTime(?:14duration_since|7elapsed)|MetadataExt(?:\$GT\$)?(?:(?:5|10)[acm]time|5nlink|3[ug]id)|SystemTime\$u20\$as\$u20\$core\.\.(?:fmt\.\.Debug|hash)|10SystemTimeNt\w{0,60}?(?:5Debug3fmt|4Hash4hash)/;

/** `File::metadata`, in either mangling: reading a file as a whole does without. */
const OF_OPENED = /4File8metadata/;
const OF_TIMES = /8Metadata(?:8modified|8accessed|7created)/;
/** Whatever a file's extended attributes are, its time of change moves with them. */
const ATTRIBUTES = /^[lf]?(?:get|list)xattr$/;

/** What tells where a library lies: also the macro's own, beside the outputs. */
const OWN_PLACE = /^(?:dladdr1?|dlinfo)$/;
/** proc_macro's own functions, in either mangling: `Span::local_file`, and what nightly had before it. */
const PLACES = /4Span10local_file|10SourceFile4path/;

/** std's functions, in either mangling. */
const ARGUMENTS = /3std3env(?:4args|7args_os)/;

/** By this rustc finds the macros of a library; in others it runs nothing. */
const MACROS = "rustc_proc_macro_decls";
/** libc's functions, of which a library takes in those that it uses: all that need no open file. */
const CHANGERS =
  /^(?:mkdir|rename|link|symlink|mknod|mkfifo|unlink|rmdir|remove|creat|f(?:re)?open|f?truncate|mk[ds]?temps?|mkostemps?)(?:at2?)?(?:64)?$/;
/** std's ways to open a file for writing, in either mangling; they go by the name that reading has in libc. */
const OPENERS =
  /3std2fs(?:NtB\w{1,4}_)?(?:5write|4copy|4File(?:6create|10create_new|7options)|11OpenOptions(?:5write|6append|6create|8truncate|10create_new))|3std3sys2fs(?:4unix)?4copy/;
/** Where a macro was optimised, only this is left of a file that it opens itself, whatever for. */
const OPENS = /11OpenOptions5__?open/;
const OPENS_TO_READ = /3std2fs(?:NtB\w{1,4}_)?4File4open/;

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
  return withMapped(path, examineBytes) ?? WORST_FACTS;
}

function examineBytes(bytes: Uint8Array): MacroFacts {
  const symbols = undefinedSymbols(bytes);
  const names = symbolNames(bytes);
  const all = bufferOf(bytes);
  const asksOwnPlace = [...(symbols ?? [])].some((name) => OWN_PLACE.test(name));
  const hasAttributes = [...(symbols ?? [])].some((name) => ATTRIBUTES.test(name));
  return {
    enumerates: symbols === undefined || [...symbols].some((name) => ENUMERATOR.test(name)),
    bypasses: symbols === undefined || all.includes(BYPASS, 0, "latin1"),
    tellsTimes: names === undefined || hasAttributes || TIMES.test(names),
    asksOpened: names === undefined || hasAttributes || OF_OPENED.test(names),
    asksTimes: names === undefined || hasAttributes || OF_TIMES.test(names),
    locates: names === undefined || PLACES.test(names) || asksOwnPlace,
    writes:
      symbols === undefined ||
      (all.includes(MACROS, 0, "latin1") &&
        (names === undefined ||
          OPENERS.test(names) ||
          (OPENS.test(names) && !OPENS_TO_READ.test(names)) ||
          [...symbols].some((name) => CHANGERS.test(name)))),
    asksArguments: names === undefined || ARGUMENTS.test(names),
  };
}

const RECORD =
  /^\{"schema":10,"enumerates":(true|false),"bypasses":(true|false),"tellsTimes":(true|false),"asksOpened":(true|false),"asksTimes":(true|false),"locates":(true|false),"writes":(true|false),"asksArguments":(true|false)\}$/;

function decode(text: string | undefined): MacroFacts | undefined {
  const match = RECORD.exec(text ?? "");
  if (match === null) return undefined;
  const [, enumerates, bypasses, tellsTimes, asksOpened, asksTimes, locates, writes, args] =
    match.map((word) => word === "true");
  return {
    enumerates: enumerates === true,
    bypasses: bypasses === true,
    tellsTimes: tellsTimes === true,
    asksOpened: asksOpened === true,
    asksTimes: asksTimes === true,
    locates: locates === true,
    writes: writes === true,
    asksArguments: args === true,
  };
}
