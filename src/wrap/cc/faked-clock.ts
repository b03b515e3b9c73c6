// The clock that libfaketime shows to compilers. What they make of a time is a matter of dates; beside that it shows in
// files' times, by which gcc tells files of one content apart, and there only whether they differ.
import { isCompileTool } from "../../observe/cc-habits.ts";

/** The variable that sets it. */
export const FAKETIME = "FAKETIME";

/** The flag that stands for the variable where compilers alone asked for it. */
export const CLOCK_FLAG = "faketime's clock";

/** What is seen of it: `faketime` itself gives the distance to the machine's clock, which is another one each second. */
export function shownClock(value: string | undefined): string | undefined {
  return /^[+-]\d+$/.test(value ?? "") ? "at a distance" : value;
}

/** Whether the variable was asked for by compilers as a whole, and by nothing that they loaded later. */
export function isClockOfTools(
  programs: Iterable<string>,
  libraries: { readonly size: number },
): boolean {
  return libraries.size === 0 && [...programs].every(isCompileTool);
}
