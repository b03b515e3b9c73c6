// The table of gcc's and clang's flags: what each does to the key and to the outputs, and where its value
// stands. One row a flag or a family of flags; a flag without a row is not cached.
//
// The families (-f, -m, -O, -W, -g, -std) are keyed as text, in order: whatever they make the compiler
// read is observed, and a file it leaves unasked is noticed, so that the rows below name only those which
// read or write files, change the mode, or whose text alone does not tell what they do.

/** What a flag does. */
export type GnuEffect =
  /** Counts as written. */
  | "keyed"
  /** The link's: counts as written, and clang remarks once a call that it is of no use. */
  | "link"
  /** Its value is a path: counts mapped to its root. */
  | "path"
  /** A path that is searched for headers. */
  | "search"
  /** A path whose file counts by content too. */
  | "file"
  /** Both "place" and "file": its file is compared with full paths. */
  | "place-file"
  /** `FROM=TO` of the user's own; the flag says for what. */
  | "remap"
  /** Shapes messages only. */
  | "presentation"
  /** Nothing that is kept depends on it. */
  | "ignored"
  /** Counters or coverage: the object names its own place, so nothing is mapped. */
  | "place"
  /** Has a meaning that the parser knows. */
  | "modelled"
  /** A question, or a call that compiles nothing. */
  | "query"
  /** Known, and not cached. */
  | "refused";

/** Where a flag's value stands: in the same argument, in the next one, in either, or nowhere. */
export type GnuValue = "none" | "joined" | "separate" | "either";

/** One flag. */
export interface GnuFlag {
  readonly effect: GnuEffect;
  readonly value: GnuValue;
}

type Rows = readonly (readonly [effect: GnuEffect, value: GnuValue, names: string])[];

/** Names of one effect and shape, each between blanks. */
const ROWS: Rows = [
  // Mode, source and output.
  ["modelled", "none", " -c -S -E -fsyntax-only -M -MM -MD -MMD -MP -MG -gsplit-dwarf "],
  ["modelled", "none", " -gsplit-dwarf=split -gsplit-dwarf=single -gno-split-dwarf "],
  ["modelled", "none", " -fstack-usage -fcallgraph-info -ftime-trace --coverage -coverage "],
  ["modelled", "none", " -ftest-coverage -frecord-command-line -fno-record-command-line "],
  ["modelled", "none", " -frecord-gcc-switches -grecord-command-line -grecord-gcc-switches "],
  ["modelled", "none", " -fembed-bitcode -fembed-bitcode-marker "],
  ["modelled", "joined", " -fembed-bitcode= "],
  ["modelled", "none", " -dM -dD -dN -dI -dU -emit-llvm "],
  ["modelled", "either", " -o -x -MF -MT -MQ -D -U "],
  ["modelled", "separate", " -arch -aux-info -Xclang -Xpreprocessor -Xassembler "],
  ["modelled", "separate", " --serialize-diagnostics -serialize-diagnostics "],
  ["modelled", "joined", " -Wp, -Wa, -march= -mcpu= -mtune= -fcallgraph-info= "],
  ["modelled", "none", " -fcolor-diagnostics -fno-color-diagnostics -fdiagnostics-color "],
  ["modelled", "none", " -fno-diagnostics-color "],
  ["modelled", "joined", " -fdiagnostics-color= "],

  // Preprocessor.
  ["keyed", "none", " -undef -nostdinc -nostdinc++ -nostdlibinc -nobuiltininc -ansi -trigraphs "],
  ["keyed", "none", " -traditional -traditional-cpp -remap -C -CC -P -H --trigraphs "],
  ["keyed", "either", " -A "],
  ["search", "either", " -I -isystem -iquote -idirafter -cxx-isystem -stdlib++-isystem "],
  ["search", "either", " -isystem-after -iwithsysroot -iframework -F -iframeworkwithsysroot "],
  ["search", "separate", " -iwithprefix -iwithprefixbefore -c-isystem -internal-isystem "],
  ["path", "either", " -include -imacros -iprefix -isysroot -imultilib -B "],
  ["search", "joined", " --include-directory= --include-directory-after= --embed-dir= "],
  ["path", "joined", " --include= --imacros= --sysroot= --gcc-toolchain= --gcc-install-dir= "],
  ["path", "joined", " -resource-dir= --prefix= -fbuild-session-file= "],
  [
    "path",
    "separate",
    " -include-pch --include --sysroot -resource-dir -gcc-toolchain -iplugindir ",
  ],
  ["path", "joined", " -iplugindir= --config= --config-system-dir= --config-user-dir= "],
  ["path", "separate", " --config "],
  ["keyed", "joined", " --define-macro= --undefine-macro= --std= -std= "],

  // Long spellings, which gcc documents for every language.
  ["keyed", "none", " --comments --comments-in-macros --no-line-commands --trace-includes "],
  ["keyed", "none", " --traditional-cpp --profile "],
  ["keyed", "separate", " --assert --define-macro --undefine-macro "],
  ["keyed", "joined", " --assert= --system-header-prefix= --no-system-header-prefix= "],
  ["search", "separate", " --include-directory --include-directory-after "],
  ["search", "separate", " --include-with-prefix --include-with-prefix-after "],
  ["search", "separate", " --include-with-prefix-before "],
  ["search", "joined", " --include-with-prefix= --include-with-prefix-after= "],
  ["search", "joined", " --include-with-prefix-before= "],
  ["path", "separate", " --imacros --include-prefix -imultiarch "],
  ["path", "joined", " --include-prefix= -fcrash-diagnostics-dir= "],

  // Files whose bytes count beside their name.
  ["file", "joined", " -fbasic-block-sections=list= -fpre-include= "],
  ["file", "joined", " -specs= --specs= -fplugin= -fpass-plugin= -fthinlto-index= "],
  ["file", "joined", " -fprofile-remapping-file= -frandomize-layout-seed-file= "],
  ["file", "joined", " -fprofile-sample-use= -fauto-profile= "],
  ["file", "joined", " -fembed-offload-object= "],

  // Counters and coverage.
  ["place", "none", " -fprofile-arcs -fprofile-generate -fprofile-instr-generate "],
  ["place", "none", " -fcs-profile-generate -fcoverage-mapping -fprofile-abs-path -fprofile-use "],
  [
    "place",
    "none",
    " -forder-file-instrumentation -fauto-profile -fbranch-probabilities -fcondition-coverage ",
  ],
  ["place", "joined", " -fprofile-generate= -fprofile-instr-generate= -fcs-profile-generate= "],
  ["place", "joined", " -fprofile-dir= -fprofile-use= -fprofile-prefix-path= -fmemory-profile= "],

  // What is compared with full paths, in the argument or in a file that it names.
  ["place", "joined", " -finstrument-functions-exclude-file-list= -fprofile-filter-files= "],
  // So many parts of a full path are left out of the object, or left in it.
  ["place", "joined", " -fprofile-exclude-files= -fsanitize-undefined-strip-path-components= "],
  ["place-file", "joined", " -fsanitize-ignorelist= -fsanitize-blacklist= "],
  ["place-file", "joined", " -fsanitize-coverage-allowlist= -fsanitize-coverage-whitelist= "],
  ["place-file", "joined", " -fsanitize-coverage-ignorelist= -fsanitize-coverage-blacklist= "],
  ["place-file", "joined", " -fsanitize-system-ignorelist= -fxray-always-instrument= "],
  ["place-file", "joined", " -fxray-never-instrument= -fxray-attr-list= -fprofile-list= "],
  ["place-file", "joined", " --warning-suppression-mappings= "],
  // Profiles of LLVM's code name static functions by their source's full path.
  ["place-file", "joined", " -fprofile-instr-use= -fmemory-profile-use= "],

  // Symbols named by the source's full path, of which only a digest is left.
  ["place", "none", " -funique-internal-linkage-names "],

  // Maps of the user's own.
  ["remap", "joined", " -ffile-prefix-map= -fdebug-prefix-map= -fmacro-prefix-map= "],
  ["remap", "joined", " -fcoverage-prefix-map= -fprofile-prefix-map= "],
  ["keyed", "joined", " -fdebug-compilation-dir= -ffile-compilation-dir= "],
  ["keyed", "joined", " -fcoverage-compilation-dir= "],
  ["keyed", "separate", " -fdebug-compilation-dir "],

  // Target, code generation and what belongs to no family.
  ["keyed", "none", " -pthread -pthreads -p -pg -w -pedantic -pedantic-errors --pedantic "],
  ["keyed", "none", " --pedantic-errors -EB -EL -ObjC -ObjC++ -no-canonical-prefixes -Qn -Qy "],
  ["keyed", "none", " -Qunused-arguments -integrated-as -no-integrated-as -pass-exit-codes "],
  ["keyed", "none", " --ansi --no-standard-includes --debug --optimize --all-warnings "],
  ["keyed", "none", " --extra-warnings --no-warnings --start-no-unused-arguments "],
  ["keyed", "none", " --end-no-unused-arguments -canonical-prefixes "],
  ["keyed", "separate", " -target -mllvm --param -G -meabi -mthread-model "],
  ["keyed", "none", " -nogpuinc -nogpulib -nohipwrapperinc -ibuiltininc --verify-debug-info "],
  ["keyed", "none", " --no-cuda-version-check "],
  ["keyed", "none", " -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang "],
  ["keyed", "joined", " --target= -mllvm= --param= --optimize= -G "],
  ["keyed", "joined", " -fplugin-arg- --driver-mode= "],

  // The link's, without a meaning for one object.
  ["link", "none", " -static -static-libgcc -static-libstdc++ -static-pie -shared -rdynamic -pie "],
  ["link", "none", " -shared-libgcc -no-pie -nopie -nostdlib -nodefaultlibs -nostartfiles -s "],
  ["link", "none", " -nostdlib++ -nolibc -symbolic -dynamic "],
  ["link", "none", " -shared-libsan -static-libsan -static-openmp "],
  ["link", "either", " -l -T -u -z "],
  ["link", "separate", " -Xlinker "],
  ["link", "joined", " -Wl, -fuse-ld= -ld-path= --ld-path= "],
  ["link", "joined", " -stdlib= --stdlib= --unwindlib= -rtlib= --rtlib= "],
  ["path", "either", " -L "],

  // Nothing that is kept depends on these.
  ["ignored", "none", " -pipe --pipe "],
  ["presentation", "joined", " -fmessage-length= "],
  // gcc says "[]" where it has nothing to say in JSON.
  ["keyed", "joined", " -fdiagnostics-format= "],

  // Questions.
  [
    "query",
    "none",
    " -### -? -v --verbose --version --help -help -dumpversion -dumpmachine -dumpspecs ",
  ],
  ["query", "none", " -dumpfullversion --target-help -print-multi-lib -print-search-dirs -V -cc1 "],
  ["query", "joined", " -print- --print- --help= --completion= -cc1 "],
  ["query", "none", " --help-hidden "],

  // Written files nobody could name beforehand, timings, and what asks for more than one compile.
  ["refused", "none", " -save-temps --save-temps -time -Q -ftime-report -fmem-report "],
  ["refused", "none", " -ftime-report-details -fmem-report-wpa -fpre-ipa-mem-report "],
  ["refused", "none", " -fpost-ipa-mem-report -fdump-go-spec -MV -emit-ast -emit-pch "],
  ["refused", "none", " -emit-interface-stubs -emit-merged-ifs --analyze -analyze --precompile "],
  [
    "refused",
    "none",
    " -fcxx-modules -fmodules -fmodules-ts -fimplicit-modules -fimplicit-module-maps ",
  ],
  ["refused", "none", " -fsave-optimization-record -rewrite-objc -rewrite-legacy-objc --migrate "],
  ["refused", "none", " -fcompare-debug "],
  ["refused", "either", " -MJ -ivfsoverlay "],
  ["refused", "separate", " -wrapper -dumpdir -dumpbase -dumpbase-ext -auxbase -auxbase-strip "],
  ["refused", "separate", " -Xanalyzer -index-store-path -working-directory "],
  ["refused", "separate", " -Xcuda-fatbinary -Xcuda-ptxas -Xopenmp-target -Xoffload-linker "],
  ["refused", "joined", " -save-temps= --save-temps= -fdump- -d -time= -fmodule -fmodules- "],
  ["refused", "joined", " -fprebuilt-module -fbuiltin-module-map -fmodule-output -fmodule-file "],
  ["refused", "joined", " -fsave-optimization-record= -foptimization-record-file= "],
  ["refused", "joined", " -foptimization-record-passes= "],
  ["refused", "joined", " -fdiagnostics-add-output= -fdiagnostics-set-output= -fprofile-note= "],
  ["refused", "joined", " -fdiagnostics-format=sarif-file -fdiagnostics-format=json-file "],
  [
    "refused",
    "joined",
    " -Xarch_ -Xopenmp-target= -fopenmp-targets= --offload -working-directory= ",
  ],
  ["refused", "joined", " --cuda- --hip- -fcompare-debug= -ftime-trace= -fopt-info- -ccc- "],
  ["refused", "joined", " -fada-spec -fdump-ada-spec -ftrace-file= "],
  ["refused", "joined", " -fdeps-file= -fdeps-format= -fdeps-target= "],
  ["refused", "joined", " -fproc-stat-report -fbuild-session-timestamp= -serialize-diagnostics= "],
  ["refused", "none", " -Mmodules -Mno-modules -via-file-asm -verify-pch -relocatable-pch "],
  [
    "refused",
    "none",
    " -gen-reproducer -extract-api -save-stats -index-header-map -quiet --emit-static-lib ",
  ],
  [
    "refused",
    "joined",
    " -save-stats= -fthin-link-bitcode= -fself-test= -fopt-info= --rsp-quoting= ",
  ],
  ["refused", "separate", " -gen-cdb-fragment-path -module-dependency-dir --analyzer-output "],
  ["refused", "joined", " -arcmt- -aux-info= -cpp= -cuid= -fuse-cuid= "],

  // Other languages and devices.
  ["refused", "joined", " --amdgpu- --gpu- --hipspv- --libomptarget- --no-cuda-include-ptx= "],
  ["refused", "joined", " --no-gpu- --no-offload-arch= --ptxas-path= --rocm- "],

  // Long spellings that would have to be modelled, and one that was removed.
  ["refused", "none", " --dependencies --user-dependencies --write-dependencies --preprocess "],
  ["refused", "none", " --write-user-dependencies --include-barrier "],
  ["refused", "separate", " --output --dump --dumpbase --dumpbase-ext --dumpdir "],
  ["refused", "joined", " --output= --output-pch= --dump= "],
];

/** Families by what they begin with; consulted after the rows, longest first. */
const FAMILIES: Rows = [
  ["presentation", "none", "-fdiagnostics-"],
  ["keyed", "none", "-stdlib"],
  ["keyed", "none", "-f"],
  ["keyed", "none", "-m"],
  ["keyed", "none", "-W"],
  ["keyed", "none", "-O"],
  ["keyed", "none", "-R"],
  ["keyed", "none", "-cl-"],
  ["keyed", "none", "-sycl-std="],
  ["keyed", "none", "-g"],
];

/**
 * Names that take their value attached without a "=" at their end, longest first. A list of its own and
 * rows searched as text, because making maps of them would take a sixth of a hit.
 */
const ATTACHED =
  "-fdiagnostics-format=sarif-file -fdiagnostics-format=json-file -fbasic-block-sections=list= -iframeworkwithsysroot -fbuiltin-module-map -fproc-stat-report -fprebuilt-module -stdlib++-isystem --libomptarget- -fdump-ada-spec -fmodule-output -isystem-after -fmodule-file -fplugin-arg- -iwithsysroot -cxx-isystem -ivfsoverlay -fopt-info- -iframework -fada-spec -fmodules- -idirafter -imultilib --amdgpu- --hipspv- --no-gpu- --offload -isysroot --print- -fmodule -imacros -include -iprefix -isystem --cuda- --rocm- -Xarch_ -arcmt- -fdump- -iquote -print- --gpu- --hip- -ccc- -Wa, -Wl, -Wp, -cc1 -MF -MJ -MQ -MT -A -B -D -F -G -I -L -T -U -d -l -o -u -x -z";

function rowOf(name: string, attached: boolean): GnuFlag | undefined {
  const wanted = ` ${name} `;
  for (const [effect, value, names] of ROWS) {
    const fits = attached ? value === "joined" || value === "either" : value !== "joined";
    if (fits && names.includes(wanted)) return { effect, value };
  }
  return undefined;
}

/** A flag as it stands at the beginning of an argument, and what it does. */
export interface FoundFlag {
  readonly name: string;
  readonly flag: GnuFlag;
  /** Whether no row names it, and its family's stands for it. */
  readonly byFamily: boolean;
}

/** The flag of an argument: the whole of it, else its beginning, the longest that there is. */
export function gnuFlagOf(arg: string): FoundFlag | undefined {
  const whole = rowOf(arg, false);
  if (whole !== undefined) return { name: arg, flag: whole, byFamily: false };
  const equals = arg.indexOf("=") + 1;
  const assigned = equals > 0 ? rowOf(arg.slice(0, equals), true) : undefined;
  const attached = ATTACHED.split(" ").find((name) => arg.startsWith(name));
  const isLonger = attached !== undefined && (assigned === undefined || attached.length > equals);
  const flag = isLonger ? rowOf(attached, true) : assigned;
  if (flag !== undefined) {
    return { name: isLonger ? attached : arg.slice(0, equals), flag, byFamily: false };
  }
  const family = FAMILIES.find(([, , name]) => arg.startsWith(name));
  return family === undefined
    ? undefined
    : { name: arg, flag: { effect: family[0], value: family[1] }, byFamily: true };
}
