// The shared libraries that a program loads: part of what it is, and opened by the loader where no
// observer looks. programs/<digest of the program and the loader's variables>.libraries holds the answer:
// a line for each path after one with the digest of all that follows, for damage must not become inputs.
import { askProgram } from "../base/ask.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { digestOf } from "../base/digest.ts";
import { programKind } from "../base/elf-head.ts";
import { readText } from "../base/file.ts";
import type { FileDigests } from "./file-digest.ts";

/** Where programs are looked at. */
export interface ProgramPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly digests: FileDigests;
}

/**
 * The libraries' paths, by the loader's own account (as ldd asks for it); none for a script or a static
 * program. Undefined when the program cannot be looked at.
 */
export function programLibraries(
  cacheDir: string,
  program: string,
  { env, digests }: ProgramPlace,
): string[] | undefined {
  const found = digests.of(program);
  if (typeof found === "string") return undefined;
  const facts = [found.digest, program, env["LD_LIBRARY_PATH"] ?? ""].join("\0");
  const record = `${cacheDir}/programs/${digestOf(facts)}.libraries`;
  const known = decodePaths(readText(record) ?? "");
  if (known !== undefined) return known;
  const paths = programKind(program) === "dynamic" ? askLoader(program) : [];
  if (paths === undefined) return undefined;
  const text = paths.map((path) => `${path}\n`).join("");
  writeFileAtomic(record, `${digestOf(text)}\n${text}`);
  return paths;
}

function decodePaths(record: string): string[] | undefined {
  const end = record.indexOf("\n");
  const text = record.slice(end + 1);
  if (end < 0 || record.slice(0, end) !== digestOf(text)) return undefined;
  return text.split("\n").slice(0, -1);
}

function askLoader(program: string): string[] | undefined {
  const said = askProgram([program], { LD_TRACE_LOADED_OBJECTS: "1" }) ?? "";
  const paths = said.split("\n").flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  return paths.length === 0 ? undefined : paths;
}
