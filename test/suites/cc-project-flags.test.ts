// The command lines of large projects, as their build systems write them, by gcc and clang beside the compiler alone:
// all of them are served, with every file that they ask for.
import { describe, setDefaultTimeout } from "bun:test";
import { type Case, served, testCases } from "../support/cc-twin.ts";
import { BOTH, CLANG, GNU, SEED } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-project-flags");

/** One project's flags for a compiler: words separated by blanks, where none holds one. */
interface Row {
  readonly project: string;
  readonly compilers: readonly string[];
  readonly flags: string;
  /** Source, output and make rules, where they are not `-c x.c -o x.o`. */
  readonly ends?: string;
  /** Whether counters or a record of the call keep real paths in the object. */
  readonly literal?: boolean;
  /** Words that hold blanks. */
  readonly quoted?: readonly string[];
}

const KERNEL =
  "-Wp,-MMD,./.x.o.d -nostdinc -I./arch/x86/include -I./include -include ./include/kconfig.h -D__KERNEL__ " +
  "-fmacro-prefix-map=./= -std=gnu11 -fshort-wchar -funsigned-char -fno-common -fno-PIE -fno-strict-aliasing -Wall " +
  "-Wundef -Werror=implicit-function-declaration -Werror=implicit-int -Werror=return-type -Werror=strict-prototypes " +
  "-Wno-format-security -Wno-trigraphs -mno-sse -mno-mmx -mno-sse2 -mno-3dnow -mno-avx -fcf-protection=branch " +
  "-fno-jump-tables -m64 -falign-loops=1 -mno-80387 -mtune=generic -mno-red-zone -mcmodel=kernel -Wno-sign-compare " +
  "-fno-asynchronous-unwind-tables -mharden-sls=all -fpatchable-function-entry=16,16 -fno-delete-null-pointer-checks " +
  "-O2 -fstack-protector-strong -fno-stack-clash-protection -pg -mfentry " +
  "-DCC_USING_FENTRY -Wframe-larger-than=2048 -Wno-main -Wvla -Wno-pointer-sign -Wno-array-bounds -Wimplicit-fallthrough " +
  "-fno-strict-overflow -fno-stack-check -Werror=date-time -Werror=incompatible-pointer-types -g -gdwarf-5";

const KERNEL_NAMES = [
  '-DKBUILD_MODFILE="kernel/x"',
  '-DKBUILD_BASENAME="x"',
  '-DKBUILD_MODNAME="x"',
  "-D__KBUILD_MODNAME=kmod_x",
];

const PYTHON =
  "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O3 -Wall -std=c11 -Wextra -Wno-unused-parameter " +
  "-Wno-missing-field-initializers -Wstrict-prototypes -Werror=implicit-function-declaration -fvisibility=hidden " +
  "-fno-semantic-interposition -I./Include/internal -I. -I./Include -fPIC -DPy_BUILD_CORE";

const FFMPEG =
  "-I. -I./ -D_ISOC11_SOURCE -D_FILE_OFFSET_BITS=64 -D_LARGEFILE_SOURCE -D_POSIX_C_SOURCE=200112 -D_XOPEN_SOURCE=600 " +
  "-DPIC -DZLIB_CONST -std=c11 -fomit-frame-pointer -fPIC -pthread -g -Wdeclaration-after-statement -Wall " +
  "-Wdisabled-optimization -Wpointer-arith -Wredundant-decls -Wwrite-strings -Wtype-limits -Wundef -Wmissing-prototypes " +
  "-Wstrict-prototypes -Wempty-body -Wno-parentheses -Wno-switch -Wno-format-zero-length -Wno-pointer-sign " +
  "-Wno-unused-const-variable -Wno-char-subscripts -O3 -fno-math-errno -fno-signed-zeros " +
  "-Werror=implicit-function-declaration -Werror=missing-prototypes -Werror=return-type -Werror=vla -Wformat " +
  "-fdiagnostics-color=auto";

const POSTGRES =
  "-Wall -Wmissing-prototypes -Wpointer-arith -Wdeclaration-after-statement -Werror=vla -Wendif-labels " +
  "-Wmissing-format-attribute -Wcast-function-type -Wformat-security -fno-strict-aliasing -fwrapv -g -O2 " +
  "-I. -I./include -D_GNU_SOURCE -MMD -MP -MF .deps/x.Po";

const LLVM =
  "-DGTEST_HAS_RTTI=0 -D_GNU_SOURCE -D__STDC_CONSTANT_MACROS -D__STDC_FORMAT_MACROS -D__STDC_LIMIT_MACROS -Iinclude " +
  "-fPIC -fno-semantic-interposition -fvisibility-inlines-hidden -Werror=date-time -Wall -Wextra -Wno-unused-parameter " +
  "-Wwrite-strings -Wcast-qual -Wno-missing-field-initializers -pedantic -Wno-long-long -Wimplicit-fallthrough " +
  "-Wno-noexcept-type -Wnon-virtual-dtor -Wdelete-non-virtual-dtor -Wsuggest-override -Wno-comment " +
  "-Wno-misleading-indentation -ffunction-sections -fdata-sections -O3 -DNDEBUG -std=c++17 -fno-exceptions " +
  "-funwind-tables -fno-rtti -UNDEBUG -MD -MT lib/x.o -MF x.o.d";

const FIREFOX =
  "-std=gnu++17 -Istl_wrappers -Isystem_wrappers -include include/hidden.h -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 " +
  "-fstack-protector-strong -fstack-clash-protection -DNDEBUG=1 -DTRIMMED=1 -DMOZ_HAS_MOZGLUE -DMOZILLA_INTERNAL_API " +
  "-DIMPL_LIBXUL -I. -Iinclude -DMOZILLA_CLIENT -fno-sized-deallocation -fno-aligned-new -fno-rtti -pthread " +
  "-fno-exceptions -fPIC -ffunction-sections -fdata-sections -fno-math-errno -g -O2 -fno-omit-frame-pointer " +
  "-funwind-tables -fno-strict-aliasing -ffp-contract=off -Wall -Wempty-body -Wignored-qualifiers -Wpointer-arith " +
  "-Wsign-compare -Wtype-limits -Wno-invalid-offsetof -Wformat-security -MD -MP -MF .deps/x.o.pp";

const CPLUSPLUS = "-x c++ -c x.c -o x.o";

const ROWS: readonly Row[] = [
  {
    project: "Linux",
    compilers: GNU,
    flags: `${KERNEL} -ftrivial-auto-var-init=zero -falign-jumps=1 -mno-fp-ret-in-387 -mpreferred-stack-boundary=3 -mskip-rax-setup -mindirect-branch=thunk-extern -mindirect-branch-register -mindirect-branch-cs-prefix -mfunction-return=thunk-extern -mrecord-mcount -fno-allow-store-data-races -fzero-call-used-regs=used-gpr -fconserve-stack -Wno-format-truncation -Wno-stringop-overflow -Wno-packed-not-aligned -Werror=designated-init`,
    quoted: KERNEL_NAMES,
  },
  {
    project: "Linux with KASAN and coverage for fuzzers",
    compilers: GNU,
    flags: `${KERNEL} -fsanitize=kernel-address --param asan-globals=1 --param asan-instrumentation-with-call-threshold=10000 --param asan-stack=1 -fsanitize-coverage=trace-pc -fsanitize=bounds -fsanitize=shift`,
    quoted: KERNEL_NAMES,
  },
  {
    project: "Linux",
    compilers: CLANG,
    flags: `${KERNEL} -ftrivial-auto-var-init=pattern --target=x86_64-linux-gnu -fintegrated-as -Werror=unknown-warning-option -Werror=ignored-optimization-argument -mretpoline-external-thunk -mstack-alignment=8 -mskip-rax-setup -Wno-gnu -mllvm -inline-threshold=200 -Xclang -disable-O0-optnone -Qunused-arguments`,
    quoted: KERNEL_NAMES,
  },
  {
    project: "Linux with thin LTO",
    compilers: CLANG,
    flags: `${KERNEL} -ftrivial-auto-var-init=pattern --target=x86_64-linux-gnu -fintegrated-as -flto=thin -fsplit-lto-unit -fvisibility=hidden -Qunused-arguments`,
    quoted: KERNEL_NAMES,
  },
  {
    project: "Linux's assembly",
    compilers: BOTH,
    flags:
      "-Wp,-MMD,./.y.o.d -nostdinc -I./arch/x86/include -I./include -include ./include/kconfig.h -D__KERNEL__ -fmacro-prefix-map=./= -D__ASSEMBLY__ -fno-PIE -m64 -g",
    ends: "-c -o y.o y.S",
  },
  { project: "Firefox", compilers: GNU, flags: FIREFOX, ends: CPLUSPLUS },
  {
    project: "Firefox",
    compilers: CLANG,
    flags: `${FIREFOX} -Qunused-arguments -fcrash-diagnostics-dir=crashes -Xclang -mrelax-all -gdwarf-4 -ggnu-pubnames -Wno-range-loop-analysis`,
    ends: CPLUSPLUS,
  },
  {
    project: "Firefox with thin LTO and profile counters",
    compilers: CLANG,
    flags: `${FIREFOX} -Qunused-arguments -flto=thin -fprofile-instr-generate`,
    literal: true,
    ends: CPLUSPLUS,
  },
  {
    project: "LLVM",
    compilers: GNU,
    flags: `${LLVM} -Wno-maybe-uninitialized -Wno-nonnull -Wno-class-memaccess -fdiagnostics-color`,
    ends: CPLUSPLUS,
  },
  {
    project: "LLVM",
    compilers: CLANG,
    flags: `${LLVM} -Werror=unguarded-availability-new -Wctad-maybe-unsupported -Wstring-conversion -Wcovered-switch-default -fcolor-diagnostics -gsplit-dwarf -g -fno-omit-frame-pointer -gline-tables-only`,
    ends: CPLUSPLUS,
  },
  {
    project: "Chromium",
    compilers: CLANG,
    flags:
      "-MMD -MF x.o.d -DUSE_AURA=1 -DCR_CLANG_REVISION=x -I. -Iinclude -Wall -Wextra -Wimplicit-fallthrough -Wno-unused-parameter -fno-delete-null-pointer-checks -fno-ident -fno-strict-aliasing -fstack-protector -funwind-tables -fPIC -pthread -fcolor-diagnostics -fmerge-all-constants -fcrash-diagnostics-dir=reports -mllvm -instcombine-lower-dbg-declare=0 -ffp-contract=off -m64 -msse3 -Wno-builtin-macro-redefined -D__DATE__= -D__TIME__= -D__TIMESTAMP__= -ffile-compilation-dir=. -no-canonical-prefixes -ftrivial-auto-var-init=pattern -O2 -fdata-sections -ffunction-sections -fno-unique-section-names -fno-omit-frame-pointer -g1 -fdebug-info-for-profiling -gdwarf-4 -ggnu-pubnames -Xclang -fuse-ctor-homing -fvisibility=hidden -Wheader-hygiene -Wstring-conversion -std=c++20 -Wno-trigraphs -fno-exceptions -fno-rtti -nostdinc++ -fvisibility-inlines-hidden",
    ends: CPLUSPLUS,
  },
  { project: "CPython", compilers: BOTH, flags: PYTHON, quoted: ['-DPREFIX="/usr/local"'] },
  {
    project: "CPython with LTO",
    compilers: GNU,
    flags: `${PYTHON} -flto -fuse-linker-plugin -ffat-lto-objects -flto-partition=none ${SEED}`,
  },
  { project: "CPython with LTO", compilers: CLANG, flags: `${PYTHON} -flto=thin` },
  {
    project: "CPython that writes profiles",
    compilers: GNU,
    flags: `${PYTHON} -fprofile-generate ${SEED}`,
    literal: true,
  },
  {
    project: "CPython that writes profiles",
    compilers: CLANG,
    flags: `${PYTHON} -fprofile-instr-generate`,
    literal: true,
  },
  {
    project: "SQLite by libtool",
    compilers: BOTH,
    flags:
      "-D_HAVE_SQLITE_CONFIG_H=1 -DBUILD_sqlite -DNDEBUG -DSQLITE_THREADSAFE=1 -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_FTS4 -DSQLITE_HAVE_ZLIB=1 -I. -g -O2 -MT x.lo -MD -MP -MF .deps/x.Tpo",
    ends: "-c x.c -fPIC -DPIC -o .libs/x.o",
  },
  {
    project: "FFmpeg",
    compilers: GNU,
    flags: `${FFMPEG} -Wno-bool-operation -Wno-maybe-uninitialized -MMD -MF x.d -MT x.o`,
  },
  {
    project: "FFmpeg",
    compilers: CLANG,
    flags: `${FFMPEG} -Qunused-arguments -mstack-alignment=16 -Wno-incompatible-pointer-types-discards-qualifiers -MMD -MF x.d -MT x.o`,
  },
  {
    project: "FFmpeg's assembly",
    compilers: BOTH,
    flags: "-I. -I./ -DPIC -fPIC -g -Wa,--noexecstack -MMD -MF y.d -MT y.o",
    ends: "-c -o y.o y.S",
  },
  {
    project: "PostgreSQL",
    compilers: GNU,
    flags: `${POSTGRES} -Wimplicit-fallthrough=3 -Wshadow=compatible-local -fexcess-precision=standard -Wno-format-truncation -Wno-stringop-truncation -fvisibility=hidden -ftree-vectorize -funroll-loops -msse4.2`,
  },
  {
    project: "PostgreSQL",
    compilers: CLANG,
    flags: `${POSTGRES} -Wunguarded-availability-new -Wno-unused-command-line-argument -Wno-compound-token-split-by-macro -fvisibility=hidden -msse4.2`,
  },
  {
    project: "PostgreSQL's bitcode",
    compilers: CLANG,
    flags:
      "-Wno-ignored-attributes -fno-strict-aliasing -fwrapv -Wno-unused-command-line-argument -O2 -I. -D_GNU_SOURCE -flto=thin -emit-llvm",
    ends: "-c -o x.bc x.c",
  },
  {
    project: "a project built by Meson",
    compilers: BOTH,
    flags:
      "-Ix.p -I. -fdiagnostics-color=always -D_FILE_OFFSET_BITS=64 -Wall -Winvalid-pch -Wextra -std=c11 -O0 -g -fPIC -MD -MQ x.p/x.c.o -MF x.p/x.c.o.d",
    ends: "-o x.p/x.c.o -c x.c",
  },
  {
    project: "a project built by CMake",
    compilers: BOTH,
    flags:
      "-Dx_EXPORTS -I. -isystem include -O3 -DNDEBUG -std=gnu11 -fPIC -fvisibility=hidden -Winvalid-pch -MD -MT x.p/x.c.o -MF x.p/x.c.o.d",
    ends: "-o x.p/x.c.o -c x.c",
  },
  {
    project: "a project built by Automake",
    compilers: BOTH,
    flags: "-DHAVE_CONFIG_H -I. -g -O2 -MT x.o -MD -MP -MF .deps/x.Tpo",
    ends: "-c -o x.o x.c",
  },
  {
    project: "Firefox for Windows",
    compilers: CLANG,
    literal: true,
    flags:
      "--driver-mode=cl -nologo -TP -guard:cf -DWIN32 -DNOMINMAX -D_CRT_SECURE_NO_WARNINGS -D_HAS_EXCEPTIONS=0 -Iinclude -FI include/hidden.h -utf-8 -fms-compatibility-version=19.39 -Zc:threadSafeInit- -Zc:strictStrings- -Oy- -Gy -Gw -EHsc -GR- -FS -W3 -wd4244 -wd4091 -Brepro -Z7 -O2 -MD -Xclang -MP -Xclang -dependency-file -Xclang .deps/x.obj.pp -Xclang -MT -Xclang x.obj",
    ends: "-c -Fox.obj x.c",
  },
  {
    project: "Debian's packages",
    compilers: BOTH,
    flags:
      "-g -O2 -ffile-prefix-map=/build/x-1.0=. -fstack-protector-strong -Wformat -Werror=format-security -Wdate-time -D_FORTIFY_SOURCE=2",
  },
  {
    project: "Fedora's packages",
    literal: true,
    compilers: GNU,
    flags:
      "-O2 -frandom-seed=x -flto=auto -ffat-lto-objects -fexceptions -g -grecord-gcc-switches -pipe -Wall -Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=2 -Wp,-D_GLIBCXX_ASSERTIONS -fstack-protector-strong -m64 -mtune=generic -fasynchronous-unwind-tables -fstack-clash-protection -fcf-protection -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer",
  },
];

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

describe("flags of large projects", () => {
  testCases(
    world,
    ROWS.map(
      ({ project, compilers, flags, literal, quoted = [], ends = "-c x.c -o x.o" }): Case => ({
        fact: project,
        compilers,
        mapped: literal !== true,
        files: {
          "x.h": "#define X 1\nint x(void);\n",
          "y.S":
            '#include "include/kconfig.h"\n.text\n.globl y\ny: ret\n.section .note.GNU-stack,"",@progbits\n',
          "include/kconfig.h": "#define CONFIG_X 1\n",
          "include/hidden.h": "#pragma GCC visibility push(hidden)\n",
          ".deps/": "",
          ".libs/": "",
          "x.p/": "",
        },
        steps: served([...words(flags), ...quoted, ...words(ends)]),
      }),
    ),
  );
});
