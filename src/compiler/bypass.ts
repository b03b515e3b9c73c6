// The closed list of reasons why an invocation is not cached and the real compiler runs as asked.

/** Stable names: they appear in events and reports and are never reused for something else. */
export type BypassReason =
  | "query"
  | "not-primary"
  | "stdin-source"
  | "several-sources"
  | "unknown-flag"
  | "unsupported-flag"
  | "unsupported-output"
  | "argument-file"
  | "not-utf8"
  | "excluded"
  | "executables-off"
  | "incremental-kept"
  | "key-failed";

/** An invocation that goes to the compiler untouched, and why, in words for the report. */
export interface Bypass {
  readonly kind: "bypass";
  readonly reason: BypassReason;
  readonly detail: string;
}

/** Makes a bypass. */
export function bypass(reason: BypassReason, detail: string): Bypass {
  return { kind: "bypass", reason, detail };
}
