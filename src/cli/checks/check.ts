// What one check of `kache doctor` found.

/** One line of the doctor's answer. */
export interface Check {
  readonly label: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** A check that found nothing wrong. */
export function passed(label: string, detail: string): Check {
  return { label, ok: true, detail };
}

/** A check that found something, and what to do. */
export function failed(label: string, detail: string, fix: string): Check {
  return { label, ok: false, detail, fix };
}
