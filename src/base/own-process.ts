// What only the caller's own process can do. A resident engine serves many callers and is none of them: its
// terminal, standard input and children are not theirs.

/** Thrown in the engine where a call needs its own process after all; the launcher then goes on by itself. */
export class OwnProcessNeeded extends Error {
  override readonly name = "OwnProcessNeeded";
}

let isResident = false;

/** This process serves others from now on. */
export function becomeResident(): void {
  isResident = true;
}

/** Says that what follows depends on the process it runs in. Throws OwnProcessNeeded in an engine. */
export function needsOwnProcess(what: string): void {
  if (isResident) throw new OwnProcessNeeded(what);
}
