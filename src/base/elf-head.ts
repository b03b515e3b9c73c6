// What the head of an ELF file tells without reading the rest. Layout: System V ABI, chapters 4 and 5.
import { readFileStart } from "./file.ts";

const HEAD_BYTES = 4096;
const SEGMENT_INTERPRETER = 3;

/**
 * `dynamic`: a program that a loader starts, which loads its libraries; `static`: an ELF file without one;
 * `other`: a script, no program, or of another class and byte order; undefined: cannot be read.
 */
export function programKind(path: string): "dynamic" | "static" | "other" | undefined {
  const bytes = readFileStart(path, HEAD_BYTES);
  if (typeof bytes === "string") return undefined;
  const ELF64_LITTLE = "7f454c460201";
  if (bytes.subarray(0, 6).toHex() !== ELF64_LITTLE || bytes.length < 64) return "other";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = Number(view.getBigUint64(0x20, true));
  const size = view.getUint16(0x36, true);
  const count = view.getUint16(0x38, true);
  for (let index = 0; index < count; index += 1) {
    const at = start + index * size;
    if (at + 4 > bytes.length) return "other";
    if (view.getUint32(at, true) === SEGMENT_INTERPRETER) return "dynamic";
  }
  return "static";
}
