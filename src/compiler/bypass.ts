// The closed list of reasons why an invocation is not cached and the real compiler runs as asked.

/** What stands in the way. Each language decides by it how the compiler is run; people are shown the detail. */
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
  | "open-descriptor"
  | "excluded"
  | "executables-off"
  | "incremental-kept";

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

/** A file that is an open descriptor's, as a shell's `<(…)` makes them. */
const DESCRIPTOR = /\/dev\/stdin\b|\/(?:dev|proc\/(?:self|thread-self|\d+))\/fd\/\d/;

/** The bypass of a call that names a descriptor of its caller's: what it gives can be read only once. */
export function descriptorBypass(args: readonly string[]): Bypass | undefined {
  const word = args.find((arg) => DESCRIPTOR.test(arg));
  return word === undefined
    ? undefined
    : bypass("open-descriptor", `${word} is a descriptor of the caller's`);
}
