// One file that a compile may leave, whatever its language.

/** One file a compile may leave. */
export interface Output {
  /** Where it lies, as the compiler is told (relative to the working directory when not absolute). */
  readonly path: string;
  /** The name it is stored under: unique within the unit, the same in every checkout. */
  readonly name: string;
  /** What it is: an emit kind of rustc's, "object", "dep-info", and so on. */
  readonly kind: string;
  /** Whether a successful compile without this file is a partial one, not to be stored. */
  readonly required: boolean;
  /** Whether an empty file is a sound one. */
  readonly mayBeEmpty: boolean;
}
