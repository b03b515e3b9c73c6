// Puts the launcher (native/launcher) into a compiled executable: one more segment at its end, entered before
// the runtime's own entry. The program header it takes is that of the notes, which nothing reads.
import { $ } from "bun";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where launcher.ld puts it, and where in it the entry stands. */
const ADDRESS = 0x30000000;
const ENTRY_AT = 0x20;
const BUILD_AT = 8;
const PAGE_BYTES = 0x1000;

/** The offsets in an ELF64 header and program header that are read or written here (elf(5)). */
const Elf = { entry: 24, headersAt: 32, headerSize: 54, headerCount: 56 } as const;
const Segment = { type: 0, flags: 4, offset: 8, address: 16, memorySize: 40, bytes: 56 } as const;
const LOAD = 1;
const NOTE = 4;
const READ_EXECUTE = 5;

/** Whether this machine's executables get one. */
export function hasLauncher(): boolean {
  return process.platform === "linux" && process.arch === "x64";
}

/** Compiles the launcher to plain code. */
async function compileLauncher(root: string, outfile: string): Promise<void> {
  const native = join(root, "native", "launcher");
  const sources = readdirSync(native)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(native, name));
  const flags = [
    ...["-std=gnu11", "-D_GNU_SOURCE", "-Os", "-Wall", "-Wextra", "-ffreestanding", "-nostdlib"],
    ...["-static", "-fno-pie", "-no-pie", "-fno-stack-protector", "-fcf-protection=none"],
    // Loops that copy bytes must not become calls of a libc that is not there.
    ...["-fno-asynchronous-unwind-tables", "-fno-tree-loop-distribute-patterns"],
    `-Wl,-T,${join(native, "launcher.ld")}`,
    ...["-Wl,--build-id=none", "-Wl,--oformat=binary"],
  ];
  const compiler = process.env["CC"] ?? "cc";
  await $`${compiler.split(" ")} ${flags} -o ${outfile} ${sources}`;
}

/**
 * Adds the launcher to an executable, in place; `build` names its engines. Throws for a file that is not what
 * the runtime's builds look like.
 */
export async function addLauncher(root: string, executable: string, build: string): Promise<void> {
  const blob = `${executable}.launcher`;
  await compileLauncher(root, blob);
  const code = readFileSync(blob);
  await $`rm -f ${blob}`;
  const program = readFileSync(executable);
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const word = (at: number) => Number(view.getBigUint64(at, true));
  const first = word(Elf.headersAt);
  const size = view.getUint16(Elf.headerSize, true);
  const headers = Array.from(
    { length: view.getUint16(Elf.headerCount, true) },
    (_, index) => first + index * size,
  );
  const note = headers.findLast((at) => view.getUint32(at + Segment.type, true) === NOTE);
  const highest = Math.max(
    ...headers
      .filter((at) => view.getUint32(at + Segment.type, true) === LOAD)
      .map((at) => word(at + Segment.address) + word(at + Segment.memorySize)),
  );
  if (size !== Segment.bytes || note === undefined || highest > ADDRESS) {
    throw new Error(`${executable}: no place for the launcher; did the runtime's layout change?`);
  }
  const offset = Math.ceil(program.length / PAGE_BYTES) * PAGE_BYTES;
  code.writeBigUInt64LE(BigInt(word(Elf.entry)), 0);
  code.write(build, BUILD_AT);
  view.setBigUint64(Elf.entry, BigInt(ADDRESS + ENTRY_AT), true);
  view.setUint32(note + Segment.type, LOAD, true);
  view.setUint32(note + Segment.flags, READ_EXECUTE, true);
  const fields = [offset, ADDRESS, ADDRESS, code.length, code.length, PAGE_BYTES];
  for (const [index, value] of fields.entries()) {
    view.setBigUint64(note + Segment.offset + index * 8, BigInt(value), true);
  }
  const padding = Buffer.alloc(offset - program.length);
  writeFileSync(executable, Buffer.concat([program, padding, code]));
}
