// Variables that each tool asks for by itself, macros or no macros: learned from runs without macros
// (rustc 1.95, gcc 12, binutils 2.40, lld 22). What else a process asks for was asked by code of the
// user's, and counts.
import { isWithin } from "../base/path.ts";

/** Asked by rustc's own code and std's: they steer logging, threads and terminals. */
const RUSTC_HABITS = new Set<string>();

/** Asked by C drivers and linkers; those that shape a link are in the key by name. */
const LINK_HABITS = new Set<string>();

/** Programs a link consists of. */
const LINK_TOOLS =
  /^(?:.+-)?(?:cc|gcc|g\+\+|c\+\+|clang(?:\+\+)?|cc1|as|collect2|lto-wrapper|lto1|ld|ld\.bfd|ld\.gold|ld\.lld|lld|rust-lld|ld64\.lld|wasm-ld|wasm-component-ld|mold|ld\.mold|wild|rust-objcopy|strip|gcc-ar|ar)(?:-[\d.]+)?$/;

/** Whether the program belongs to an ordinary link. */
export function isLinkTool(exe: string, sysroot: string): boolean {
  return isWithin(exe, sysroot) || LINK_TOOLS.test(exe.slice(exe.lastIndexOf("/") + 1));
}

/** Whether a program asks for this variable whatever it compiles. */
export function isHabitualVariable(program: string, name: string): boolean {
  if (LINK_TOOLS.test(program)) return LINK_HABITS.has(name) || /^LC_|^LANG/.test(name);
  return RUSTC_HABITS.has(name);
}
