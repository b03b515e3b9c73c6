// The programs that a watched build executed → the compiles among them. Pure.
import { basename } from "node:path";
import { compiledCrate, type Exec } from "../../bench/measure.ts";

/** What one build ran, by processes. */
export interface Compiles {
  /** Objects that an assembler or clang made. */
  readonly objects: readonly string[];
  /** Sources that were only preprocessed, for their text or for make rules. */
  readonly preprocessed: readonly string[];
  /** Crates that rustc compiled for cargo. */
  readonly crates: readonly string[];
  /** The same runs of C compilers for files that a build makes only to see what the compiler says. */
  readonly tried: readonly string[];
}

/** Sorts a build's processes. */
export function sortCompiles(execs: readonly Exec[]): Compiles {
  // The loader was asked for a program's libraries: the program itself does not run.
  const run = execs.filter(({ environment }) => !("LD_TRACE_LOADED_OBJECTS" in environment));
  const crates = run
    .filter(({ environment }) => environment["CARGO_CRATE_NAME"] !== undefined)
    .flatMap(({ argv }) => compiledCrate(argv) ?? []);
  const objects = run.flatMap(({ argv }) => objectOf(argv) ?? []);
  const preprocessed = run.flatMap(({ argv }) => preprocessedOf(argv) ?? []);
  return {
    objects: objects.filter((path) => !isTried(path)),
    preprocessed: preprocessed.filter((path) => !isTried(path)),
    crates: [...new Set(crates)],
    tried: [...objects, ...preprocessed].filter(isTried),
  };
}

/** The object that a process makes: gcc leaves that to `as`, clang makes it itself. */
function objectOf(argv: readonly string[]): string | undefined {
  const isAssembler = /(^|-)as$/.test(programOf(argv));
  const isClang = isClangRun(argv) && (argv.includes("-c") || argv.includes("-emit-obj"));
  if ((!isAssembler && !isClang) || argv.includes("--version")) return undefined;
  const at = argv.indexOf("-o");
  const joined = argv.find((word) => /^-o./.test(word))?.slice("-o".length);
  return at < 0 ? (joined ?? "a.out") : argv[at + 1];
}

/** The source that a process preprocesses, unless that is on the way to an object. */
function preprocessedOf(argv: readonly string[]): string | undefined {
  const isInner = /^cc1(plus)?$/.test(programOf(argv));
  if (!argv.includes("-E") || (!isInner && !isClangRun(argv))) return undefined;
  const output = argv[argv.indexOf("-o") + 1] ?? "";
  if (argv.includes("-o") && /\/cc[A-Za-z0-9]{6}\.[si]$/.test(output)) return undefined;
  return (
    argv.find((word) => /^[^-].*\.(?:c|cc|cpp|cxx|S|h)$|^\/dev\/null$/.test(word)) ??
    "standard input"
  );
}

function programOf(argv: readonly string[]): string {
  return basename(argv[0] ?? "");
}

function isClangRun(argv: readonly string[]): boolean {
  return /^clang(\+\+)?(-\d+)?$/.test(programOf(argv));
}

/**
 * Names of what is only tried: gcc's own for the object of a program that it links in the same call, those
 * of autoconf, CMake and the cc crate, of build scripts that try a flag or a program, nothing (OpenSSL
 * asks for the assembler's version so), and a text that is handed over (Meson asks for macros so).
 */
function isTried(path: string): boolean {
  return /^\/dev\/null$|^standard input$|^null\.\d+\.o$|\/cc[A-Za-z0-9]{6}(\.ltrans\d+)?\.o$|^(.*\/)?(conftest|flag_check|smoke)(\.|$)|detect_compiler_family\.c$|CMakeFiles\/CMakeTmp|CMakeScratch|meson-private|sanitycheckc|\/cg[A-Za-z0-9]{6}\/dummy\.c$|CompilerIdC|CMakeC(XX)?Compiler(Id|ABI)|(^|\/)cmTC_/.test(
    path,
  );
}
