// The name of a program in a path of either system.

/** The program's name without directories (either slash) and without a final ".exe". */
export function programName(path: string): string {
  const last = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return /\.exe$/i.test(last) ? last.slice(0, -".exe".length) : last;
}
