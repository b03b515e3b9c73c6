// The name of a program in a path of either system.

/** The program's name without directories (either slash) and without a final ".exe". */
export function programName(path: string): string {
  const last = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const isExe = last.slice(-EXE.length).toLowerCase() === EXE;
  return isExe ? last.slice(0, -EXE.length) : last;
}

const EXE = ".exe";

/** Whether this is the name we are installed under, and not one of a compiler we stand in for. */
export function isOwnName(path: string): boolean {
  return programName(path).toLowerCase() === "kache";
}
