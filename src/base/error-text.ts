// Error numbers in words, for people.
import { libcCold, pointerOf, textAt } from "./libc.ts";

/** The names by which manuals know what happens when a program is started. */
const NAMES: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  5: "EIO",
  7: "E2BIG",
  8: "ENOEXEC",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  26: "ETXTBSY",
  36: "ENAMETOOLONG",
  40: "ELOOP",
  80: "ELIBBAD",
  116: "ESTALE",
};

/** The C library's words for the number and its name: "No such file or directory (ENOENT)". */
export function errorText(code: number): string {
  const words = pointerOf(libcCold().strerror(code));
  return `${words === null ? "error" : textAt(words)} (${NAMES[code] ?? `error ${code}`})`;
}
