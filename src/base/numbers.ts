// Small sums over many figures.

/** Adds up one number of each item. */
export function sum<T>(items: readonly T[], number: (item: T) => number): number {
  return items.reduce((total, item) => total + number(item), 0);
}

const PERCENT = 100;
const TENTHS = 10;

/** A share in percent with one decimal; 0 of nothing. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : oneDecimal((part / whole) * PERCENT);
}

/** The number with at most one decimal. */
export function oneDecimal(value: number): number {
  return Math.round(value * TENTHS) / TENTHS;
}
