// The programs that an ordinary C or C++ compile consists of, and the variables that they ask for without
// any output following from them (gcc 12, clang 14, binutils 2.40). What else they ask for counts.

import { baseName } from "../base/path.ts";

const COMPILE_TOOLS =
  /^(?:[\w.+]+-)*(?:cc|gcc|g\+\+|c\+\+|cpp|clang|clang\+\+|clang-cpp|clang-cl|cc1|cc1plus|cc1obj|cc1objplus|as|collect2|lto-wrapper|lto1|objcopy|llvm-objcopy|ld|ld\.bfd|ld\.lld|ld\.gold|cl)(?:-[\d.]+)?$/;

/** Whether a program is one of those that compile: a compiler, its stages, its assembler. */
export function isCompileTool(exe: string): boolean {
  return COMPILE_TOOLS.test(baseName(exe));
}

/** The variable by which the observer says that a program made a date of a time, in the user's zone. */
export const TZ = "TZ";

/** The same in UTC: a name that no variable has. */
export const UTC = "TZ=UTC";

/** Names of terminals, make's own, what drivers tell their stages, and where faketime and fakeroot keep their state. */
const QUIET =
  /^(?:PATH|PWD|HOME|TERM|COLUMNS|COLLECT_.*|MAKEFLAGS|MFLAGS|MAKELEVEL|GCC_COMPARE_DEBUG|GCC_URLS|TERM_URLS|LOCPATH|LC_.*|LANG|LANGUAGE|POSIXLY_CORRECT|TZ(?:=UTC)?|LIBCTF_DEBUG|LLVM_IGNORED_ENV_VAR|GCC_ROOT|BINUTILS_ROOT|FORCE_CLANG_DIAGNOSTICS_CRASH|FAKETIME_SHARED|FAKEROOTKEY|CLANG_CRASH_DIAGNOSTICS_DIR|XDG_.*|CCC_.*)$/;

/**
 * They say where temporary files lie. clang names that directory in the debug information of assembly which it
 * preprocessed.
 */
export const TEMPORARY: readonly string[] = ["TMPDIR", "TMP", "TEMP", "TEMPDIR"];

/** Whether a variable that a program asked for has no bearing on outputs and messages. */
export function isQuietVariable(program: string, name: string): boolean {
  if (!isCompileTool(program)) return false;
  return QUIET.test(name) || (TEMPORARY.includes(name) && !baseName(program).startsWith("clang"));
}
