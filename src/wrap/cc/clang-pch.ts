// The precompiled headers that clang used. It refuses one when a header that it was made of has another time than
// is written in it, unless it was made without times (-fno-pch-timestamp): so the times count where they are there.
import { bufferOf } from "../../base/bytes.ts";
import { readFileStart, type Stat, statPath } from "../../base/file.ts";
import { withMapped } from "../../base/map-file.ts";
import { fileTimes } from "../../key/input-set.ts";
import type { UsableObservation } from "../../observe/observation.ts";

/** What is certainly text: the names of sources and headers, and what the system has of them. */
const TEXT = /\.(?:h|hh|hpp|hxx|inc|def|tcc|c|cc|cpp|cxx|ipp|inl)$|^\/usr\/(?:include|lib)\//;
/** The first bytes of what clang precompiled. */
const MAGIC = "CPCH";

/** The files whose times clang compares with those in a precompiled header, with their times. */
export function comparedTimes(seen: UsableObservation): ReadonlyMap<string, string | undefined> {
  const precompiled = [...seen.reads.keys()].filter(isPrecompiled);
  if (precompiled.length === 0) return new Map();
  const asked = [...seen.presentOnly].flatMap(([path, { kind }]) =>
    kind === "file" ? [path] : [],
  );
  const others = [...asked, ...seen.reads.keys()].filter((path) => !precompiled.includes(path));
  const timed = precompiled.some((path) => holdsTimes(path, others));
  return new Map(timed ? others.map((path) => [path, fileTimes(path)]) : []);
}

function isPrecompiled(path: string): boolean {
  if (TEXT.test(path)) return false;
  const start = readFileStart(path, MAGIC.length);
  return typeof start !== "string" && Buffer.from(start).toString("latin1") === MAGIC;
}

/** Whether it says when its headers were changed, as seen of the first that is found in it; if in doubt, it does. */
function holdsTimes(precompiled: string, headers: readonly string[]): boolean {
  const found = withMapped(precompiled, (bytes) => {
    const all = bufferOf(bytes);
    for (const header of headers) {
      const stat = statPath(header);
      if (typeof stat === "string" || stat.size === 0) continue;
      // Its name stands in other records too.
      for (let at = all.indexOf(header); at >= 0; at = all.indexOf(header, at + 1)) {
        const noted = notedTime(all.subarray(Math.max(0, at - BEFORE), at), stat);
        if (noted !== undefined) return noted !== 0;
      }
    }
    return undefined;
  });
  return found ?? true;
}

/** A header's record ends not far before its name. */
const BEFORE = 32;
const BITS = 8;

/** The time behind the size in a header's record (LLVM's bit stream: size in VBR12, time in VBR32); 0 for none. */
function notedTime(record: Uint8Array, { size, mtimeSec }: Stat): number | undefined {
  const bits = [...record].flatMap((byte) =>
    Array.from({ length: BITS }, (_, bit) => (byte >> bit) & 1),
  );
  const text = bits.join("");
  const noted = [mtimeSec, 0].find((time) =>
    text.includes(variable(size, 12) + variable(time, 32)),
  );
  return noted;
}

/** A number as groups of bits, lowest first, each with a last bit that says whether another one follows. */
function variable(value: number, width: number): string {
  const base = 2 ** (width - 1);
  const more = value >= base;
  const group = (value % base).toString(2).padStart(width - 1, "0");
  const lowestFirst = Array.from(group).reverse().join("");
  return lowestFirst + (more ? `1${variable(Math.floor(value / base), width)}` : "0");
}
