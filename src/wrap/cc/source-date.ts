// SOURCE_DATE_EPOCH, the variable that stands for the clock. clang from 16 on reads it at each start, and fails by
// a value that is no time; what the value is counts only where a date was made of it.

/** The variable. */
export const EPOCH = "SOURCE_DATE_EPOCH";

/** The flag of a compile that took the variable for nothing: the value, where it is no time. */
export const EPOCH_FLAG = "unusable SOURCE_DATE_EPOCH";

/** The value if compilers may refuse it; undefined when it is a time or unset. */
export function unusableEpoch(value: string | undefined): string | undefined {
  // The last second of the year 9999.
  const LAST = 253_402_300_799;
  if (value === undefined) return undefined;
  return /^\d{1,12}$/.test(value) && Number(value) <= LAST ? undefined : value;
}
