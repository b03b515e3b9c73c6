// Files that give a driver more arguments: clang's configuration files, which it takes by itself from 16 on, and
// gcc's specs. Their bytes count like a header's; what counts beside them is known for arguments of the call only.
import { readText } from "../../base/file.ts";
import { baseName } from "../../base/path.ts";
import type { CcUnit } from "./cc-unit.ts";

/**
 * Arguments that bring something else into the result: the host's CPU, the call as it is written, names of outputs,
 * maps of paths, lists of them, variables, other compiles' results.
 */
const MORE_THAN_TEXT =
  /-m(?:arch|cpu|tune)=native|-[fg]record-\S+|-fprofile\S*|-fcs-profile\S*|-f?-?(?:test-)?coverage\b|-fcoverage-\S+|-funique-internal\S*|-f\w+-prefix-map|-fmodules?\b\S*|-gsplit-dwarf\S*|-fauto-profile\S*|-fbranch-prob\S*|-emit-pch|-flto\S*|-fplugin\S*|-fpass-plugin\S*|-f\S*(?:ignore|black|allow|white|exclude-file-)list\S*|--warning-suppression\S*|%:getenv\S*/;

/** A file within another: `@file` in configuration files, `%include <file>` in specs. */
const NESTED = /(?:@|%include\w*\s*<)([^\s>]+)/g;

/** Why a compile cannot be kept that took arguments from files: which of them, and where it stands. */
export function driverFileObstacle(unit: CcUnit, read: Iterable<string>): string | undefined {
  const { compile } = unit;
  // `specs` is gcc's own, which it takes by itself.
  const wanted = new Set([
    "specs",
    ...compile.keyed.flatMap(({ flag, value }) =>
      /^--config=?$|^-?-specs=$/.test(flag) ? [baseName(value), `${baseName(value)}.cfg`] : [],
    ),
  ]);
  const ofHome = compile.keyed.find(
    ({ flag, value }) => /^--config/.test(flag) && value.startsWith("~"),
  );
  if (ofHome !== undefined) return `${ofHome.flag}${ofHome.value} depends on the home directory`;
  const files = [...read];
  const looked = new Set<string>();
  const isWanted = (path: string) => path.endsWith(".cfg") || wanted.has(baseName(path));
  for (;;) {
    const path = files.find((file) => !looked.has(file) && isWanted(file));
    if (path === undefined) return undefined;
    looked.add(path);
    const text = readText(path) ?? "";
    const found = MORE_THAN_TEXT.exec(text)?.[0];
    if (found !== undefined) return `${path} gives the compiler ${found}`;
    for (const [, nested = ""] of text.matchAll(NESTED)) wanted.add(baseName(nested));
  }
}
