// What a call's arguments say about where headers are looked for: for compiles that nobody watches. Knows
// supersets only: which directories there are, not in which order they are searched.
import type { CcCompile, CcKeyedArgument } from "./cc-compile.ts";
import { isHeader } from "./languages.ts";

/** The part of a call that decides where files are looked for. */
export interface SearchRequest {
  /** Directories named by arguments, as written. */
  readonly directories: readonly string[];
  /** Files taken in by arguments, as written: looked for like quoted ones. */
  readonly forced: readonly string[];
  /** Macros defined by arguments, as written: `NAME`, `NAME=text`, `NAME(parameters)=text`. */
  readonly definitions: readonly string[];
  /** The arguments that the compiler's own directories and stages depend on. */
  readonly shaping: readonly string[];
  /** Whether quoted headers are looked for beside every file that is being read, as cl does. */
  readonly nested: boolean;
}

/** Flags under which compilers read or write what no list of theirs tells. */
const REFUSED =
  /^(?:--?specs=|-fplugin|-fpass-plugin|-iplugindir|-B$|--prefix=|--config|-imultilib|-iprefix|-iwith|-iframework|-F$|-remap$|-traditional|-fpch-|-include-pch|-emit-pch|-fpreprocessed|-fdirectives-only|-finput-charset|-foffload|-fprofile-use|-fbranch-probabilities|-fauto-profile$|-fbuild-session|-no-integrated-as|-fno-integrated-as|-isystem-after|-Xpreprocessor|\/C$|\/u$|\/AI|\/AU|\/Y|\/Fp)/;

const DIRECTORY =
  /^(?:-I|-isystem|-iquote|-idirafter|-cxx-isystem|-c-isystem|-stdlib\+\+-isystem|-internal-isystem|--include-directory(?:-after)?=|\/I|\/imsvc|\/external:I)$/;
const FORCED = /^(?:-include|-imacros|--include=?|--imacros=|\/FI)$/;

/** Arguments that say what is built in: target, language, sysroot, where the compiler's own parts lie. */
const SHAPING =
  /^(?:-[fm]|-std=|--std=|-ansi|-stdlib|--stdlib=|-no|--no-standard-includes|--?sysroot|-isysroot|-?-gcc-toolchain|--gcc-install-dir=|-resource-dir|--?target|-arch$|--driver-mode=|-ObjC|-undef|-canonical-prefixes|-pthread)/;
const SHAPING_SEPARATE = /^(?:--sysroot|-isysroot|-gcc-toolchain|-resource-dir|-target|-arch)$/;

/** A family's flag whose value looks like a file's. */
const NAMES_FILE =
  /^-[fm][^=]*=.*(?:\/|\.(?:txt|list|lst|ya?ml|json|prof\w*|cfg|def|h|bc|so|csv)$)/;

/** Reads the arguments, or names the one under which inputs cannot be known without watching. */
export function searchRequest(compile: CcCompile): SearchRequest | string {
  if (compile.mode === "pch" || isHeader(compile.language)) return "a precompiled header";
  const directories: string[] = [];
  const forced: string[] = [];
  const definitions: string[] = [];
  const shaping: string[] = [];
  for (const argument of compile.keyed) {
    const { flag, value } = argument;
    const refusal = refusalOf(argument);
    if (refusal !== undefined) return refusal;
    if (DIRECTORY.test(flag)) directories.push(value);
    else if (FORCED.test(flag)) forced.push(value);
    else if (argument.form === "definition" || flag === "/D") definitions.push(value);
    else if (flag === "-Wp,") definitions.push(value.replace(/^-D/, ""));
    else if (SHAPING_SEPARATE.test(flag)) shaping.push(flag, value);
    else if (isShaping(compile, argument)) shaping.push(flag + value);
  }
  const isMicrosoft = compile.keyed.some(({ flag, value }) => /^-fms-|msvc/.test(flag + value));
  return {
    directories,
    forced,
    definitions,
    shaping,
    nested: compile.spelling === "cl" || isMicrosoft,
  };
}

function isShaping({ spelling }: CcCompile, { flag }: CcKeyedArgument): boolean {
  if (SHAPING.test(flag)) return true;
  return spelling === "cl" && /^\/(?:winsysroot|vctools|winsdk|diasdk|std:|arch:|T|X$)/.test(flag);
}

function refusalOf({ flag, value }: CcKeyedArgument): string | undefined {
  const written = `${flag}${value === "" ? "" : ` ${value}`}`;
  if (REFUSED.test(flag)) return written;
  if (DIRECTORY.test(flag) && /^(?:-?$|=|\$SYSROOT)/.test(value)) return written;
  if (value === "" && NAMES_FILE.test(flag)) return flag;
  switch (flag) {
    case "-Xclang":
      return /^-f(?!time-trace)(?:no-)?[\w-]+$/.test(value) ? undefined : written;
    case "-Wp,":
      return /^(?:-[DUM].*|)$/.test(value) ? undefined : written;
    case "-Wa,":
    case "-Xassembler":
      return /^-I|^[^-]/.test(value) ? written : undefined;
    case "-mllvm":
    case "-mllvm=":
      return /[/.]|file|path|profile|output|=(?!-?\d+$|true$|false$)/.test(value)
        ? written
        : undefined;
    default:
      return undefined;
  }
}

/** Whether the make rules that the user asked for name every file that was read. */
export function namesEveryFile({ dependencies, keyed, spelling }: CcCompile): boolean {
  if (dependencies === undefined || spelling === "cl") return false;
  return !keyed.some(({ flag, value }) => /^-MM/.test(flag === "-Wp," ? value : flag));
}
