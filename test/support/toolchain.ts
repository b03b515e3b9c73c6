// The programs that suites drive: the executable under test, the real cargo and rustc, and a shim that
// stands in front of rustc and writes down every process that runs it. Owns no directories.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The executable under test: dist/kache, or a copy of it that a rebuild cannot replace. */
export const kache =
  process.env["EXECUTABLE_UNDER_TEST"] ?? join(import.meta.dir, "..", "..", "dist", "kache");

/** What a program printed on stdout, trimmed; undefined when it is missing or failed. */
export function ask(...argv: string[]): string | undefined {
  if (Bun.which(argv[0] ?? "") === null) return undefined;
  try {
    const child = Bun.spawnSync(argv, { stderr: "ignore" });
    return child.exitCode === 0 ? child.stdout.toString().trim() : undefined;
  } catch (fault) {
    if (fault instanceof Error) return undefined;
    throw fault;
  }
}

/** The sysroot of the default toolchain. */
export const sysroot = ask("rustc", "--print", "sysroot") ?? "";

/** The real compiler, behind rustup's proxy when there is one. */
export const realRustc = join(sysroot, "bin", "rustc");

/** The host's target triple. */
export const hostTriple = /^host: (.+)$/m.exec(ask(realRustc, "-vV") ?? "")?.[1] ?? "";

/** Why a program's tests cannot run, or undefined when it is installed. */
export function missing(program: string): string | undefined {
  return Bun.which(program) === null ? `${program} is not installed` : undefined;
}

/** Why tests with a second toolchain cannot run, or undefined when rustup has it. */
export function missingToolchain(channel: string): string | undefined {
  if (missing("rustup") !== undefined) return "rustup is not installed";
  const installed = ask("rustup", "toolchain", "list") ?? "";
  const there = installed.split("\n").some((line) => line.startsWith(`${channel}-`));
  return there ? undefined : `the ${channel} toolchain is not installed`;
}

// Static where that is possible: then the observer first sees rustc itself, as without a shim.
const SHIM = String.raw`
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv, char **envp) {
  static char line[1 << 20];
  size_t used = 0;
  for (int i = 1; i < argc; i++) {
    size_t size = strlen(argv[i]);
    if (used + size + 2 > sizeof line) break;
    memcpy(line + used, argv[i], size);
    used += size;
    line[used++] = '\x1f';
  }
  line[used++] = '\n';
  int log = open(LOG, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (log >= 0 && write(log, line, used) < 0) used = 0;
  if (log >= 0) close(log);
  argv[0] = PROGRAM;
  execve(PROGRAM, argv, envp);
  return 127;
}
`;

/** Compiles a C program from its text. */
export function compileC(source: string, output: string, ...flags: string[]): boolean {
  const text = `${output}.c`;
  writeFileSync(text, source);
  return Bun.spawnSync(["cc", "-O1", "-w", "-o", output, text, ...flags]).exitCode === 0;
}

/** A program at `output` that logs its arguments to `log`, then becomes the real rustc. */
export function buildCountingRustc(output: string, log: string): void {
  const defines = [`-DLOG="${log}"`, `-DPROGRAM="${realRustc}"`];
  const built = compileC(SHIM, output, "-static", ...defines) || compileC(SHIM, output, ...defines);
  if (!built)
    throw new Error("the counting rustc could not be compiled: is a C compiler installed?");
  // A file just written may be busy for a moment.
  const RETRIES_MAX = 100;
  for (let retry = 0; retry < RETRIES_MAX && ask(output, "-vV") === undefined; retry += 1) {
    Bun.sleepSync(10);
  }
}
