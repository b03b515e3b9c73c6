// Which of the clock's macros the sources of a compile use, once it is known that it used one.
import { bufferOf } from "../../base/bytes.ts";
import type { Env } from "../../base/environment.ts";
import { localDate } from "../../base/clock.ts";
import { readFileBytes, type Stat } from "../../base/file.ts";
import type { Member } from "../../key/input-set.ts";

/** `date`: nothing finer than the day. */
export type ClockUse = "date" | "time" | "timestamp" | "unknown";

/** The day on which a compile ran, as a member; a text where another one began meanwhile, or nobody knows the compiler's. */
export function dayMember(
  startStamp: Stat | undefined,
  { LD_PRELOAD: preloaded = "" }: Env,
): Member | string {
  const MS = 1000;
  if (preloaded !== "") return "a date that LD_PRELOAD may have changed";
  const today = localDate();
  const isSame = startStamp !== undefined && localDate(startStamp.ctimeSec * MS) === today;
  return isSame
    ? { kind: "date", name: "today", value: today }
    : "the day changed while the compiler ran";
}

/** A part of a clock macro's name beside the pasting operator. */
const PASTED = /\b__?(?:T|TI|TIM|TIME|D|DA|DAT|DATE)?_?\s*##|##\s*(?:I?M?E|STAMP|T?E)?__\b/;

/**
 * Reads the sources for the macros' names. They may be pasted together where no search finds them: then
 * the use stays unknown.
 */
export function clockUse(paths: readonly string[], stdin: Uint8Array | undefined): ClockUse {
  let use: ClockUse = "unknown";
  let pastes = false;
  const given = stdin === undefined ? [] : [stdin];
  for (const source of [...given, ...paths]) {
    const bytes = typeof source === "string" ? readFileBytes(source) : source;
    if (typeof bytes === "string") return "unknown";
    const text = bufferOf(bytes);
    if (text.includes("__TIMESTAMP__")) return "timestamp";
    if (text.includes("__TIME__")) return "time";
    if (text.includes("__DATE__")) use = "date";
    // Whoever pastes such names may paste that of the time.
    if (text.includes("##") && PASTED.test(text.toString("latin1"))) pastes = true;
  }
  return pastes ? "unknown" : use;
}
