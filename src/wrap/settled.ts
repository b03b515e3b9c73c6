// How this process will end, once that is decided: by the compiler's end or by a served hit. From then on
// no fault of ours may change it, and above all the compiler must not be run again.

let end: (() => never) | undefined;

/** Decides the end. */
export function settle(how: () => never): void {
  end = how;
}

/** Ends the process as decided; returns when nothing has been decided yet. */
export function endAsSettled(): void {
  end?.();
}
