// How two files that should be the same differ: in debug information and paths alone, or in what a program
// does. Read only when a verified hit went wrong.
import { bufferOf } from "../base/bytes.ts";
import { digestOf } from "../base/digest.ts";
import { closeFd, openReadNoFollow, type Stat, statFd } from "../base/file.ts";
import type { Roots } from "../key/roots.ts";
import { type ObjectPart, partsOf, readAt, SectionTable } from "../store/object-file.ts";

/** The two kinds of difference. */
export type Divergence = "path-debug" | "content";

/** Larger pieces are compared as they are. */
const PIECE_BYTES_MAX = 128 * 1024 ** 2;

/** An archive's symbol table says where members lie, and changes with their debug information. */
const INDEX_MEMBERS = /^(\/|\/SYM64\/|__\.SYMDEF.*)$/;
/** What linkers and compilers write for debuggers; a build id is a digest of the rest. */
const DEBUG_SECTION = /debug|^\.note\.gnu\.build-id$|^\.stab/;

/** Which kind of difference two files have. */
export function divergenceOf(a: string, b: string, roots: Roots): Divergence {
  const [one, other] = [essence(a, roots), essence(b, roots)];
  return one !== undefined && one === other ? "path-debug" : "content";
}

/** What is left of a file without debug information and with roots instead of paths. */
function essence(path: string, roots: Roots): string | undefined {
  const fd = openReadNoFollow(path);
  if (fd < 0) return undefined;
  try {
    const stat: Stat | string = statFd(fd);
    const parts = typeof stat === "string" ? undefined : partsOf(fd, stat.size);
    return parts
      ?.filter(({ name }) => !INDEX_MEMBERS.test(name))
      .map((part) => `${part.name}\n${essenceOfPart(fd, part, roots)}`)
      .join("\n");
  } finally {
    closeFd(fd);
  }
}

function essenceOfPart(fd: number, part: ObjectPart, roots: Roots): string {
  const table = SectionTable.read(fd, part);
  if (table === undefined) {
    return digestOf(masked(readAt(fd, part.start, Math.min(part.size, PIECE_BYTES_MAX)), roots));
  }
  const lines: string[] = [];
  for (let index = 0; index < table.count; index += 1) {
    const name = table.name(index);
    // The table of names lists the debug sections too.
    if (DEBUG_SECTION.test(name) || name === ".shstrtab") continue;
    const content = table.isEmpty(index)
      ? new Uint8Array(0)
      : table.content(index, PIECE_BYTES_MAX);
    lines.push(`${name} ${table.section(index).size} ${digestOf(masked(content, roots))}`);
  }
  return lines.join("\n");
}

/** The bytes with every root's path replaced by its name. */
function masked(bytes: Uint8Array, roots: Roots): Uint8Array {
  let text = bufferOf(bytes);
  for (const { prefix, sentinel } of roots.prefixes()) {
    const pieces: Buffer[] = [];
    let from = 0;
    for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, from)) {
      pieces.push(text.subarray(from, at), Buffer.from(sentinel));
      from = at + Buffer.byteLength(prefix);
    }
    if (pieces.length > 0) text = Buffer.concat([...pieces, text.subarray(from)]);
  }
  return text;
}
