// The table of cl's and clang-cl's own flags, written with "/" or "-": what each does to the key and to
// the outputs, and where its value stands. A flag without a row is not cached. Source: Microsoft's list of
// compiler options (Visual Studio 2022) and clang 14's and 19's tables of their equivalents, among them
// those that clang-cl accepts and ignores: it takes the longest name that fits, and so must this.
import type { GnuEffect, GnuValue } from "./gnu-flags.ts";

/** One flag. */
export interface ClFlag {
  readonly effect: GnuEffect;
  readonly value: GnuValue;
}

type Rows = readonly (readonly [effect: GnuEffect, value: GnuValue, names: string])[];

/** Names of one effect and shape without their slash, separated by blanks. */
const ROWS: Rows = [
  // Mode, source and output.
  ["modelled", "none", "c Zs TC TP"],
  ["modelled", "either", "o Tc Tp D U"],
  ["modelled", "joined", "Fo clang:"],
  ["refused", "none", "E EP P"],

  // Debug information. In clang all of it goes into the object.
  ["modelled", "none", "Z7 Zi ZI Zd FC"],
  ["keyed", "none", "Zo Zo- Zf"],

  // Preprocessor.
  ["search", "either", "I imsvc external:I"],
  ["path", "either", "FI"],
  ["keyed", "none", "X u C external:anglebrackets external:templates-"],
  ["keyed", "joined", "external:env: external:W"],
  ["keyed", "joined", "d1trimfile: d1PP d1nodatetime"],
  ["path", "separate", "winsysroot vctoolsdir winsdkdir diasdkdir"],
  ["keyed", "separate", "vctoolsversion winsdkversion"],

  // Code generation.
  ["keyed", "joined", "O arch: tune: EH fp: guard: volatile: openmp: Gs Zp vd favor: QIntel-"],
  ["keyed", "joined", "Qspectre Qvec Qpar fsanitize= fsanitize- RTC hotpatch: jumptablerdata"],
  ["keyed", "none", "MD MDd MT MTd LD LDd J GA Gd Gr Gv Gz Gregcall GF GF- GR GR- GS GS- GT GT-"],
  ["keyed", "none", "Gh GH Gw Gw- GX GX- Gy Gy- Ge GZ GL- G1 G2 GB G3 G4 G5 G6 G7 kernel kernel-"],
  ["keyed", "none", "Brepro Brepro- hotpatch bigobj homeparams sdl sdl- openmp openmp- vmb vmg"],
  ["keyed", "none", "vmm vms vmv QIfist Qfast_transcendentals Qimprecise_fwaits Qsafe_fp_loads"],
  ["keyed", "none", "RTC1 clr:no Zl experimental:deterministic experimental:external"],
  ["keyed", "none", "fno-sanitize-address-vcasan-lib dynamicdeopt-"],

  // Language.
  ["keyed", "joined", "std: Zc: source-charset: execution-charset: Wv: d1 d2 permissive"],
  ["keyed", "none", "Za Ze Zg utf-8 validate-charset validate-charset- await await:strict"],
  ["keyed", "joined", "constexpr:"],

  // Messages: they can become errors.
  ["keyed", "none", "w W0 W1 W2 W3 W4 Wall WX WX- WL Wp64 sdl showIncludes showIncludes:user"],
  ["keyed", "none", "showFilenames showFilenames- diagnostics:caret diagnostics:classic"],
  ["keyed", "none", "diagnostics:column options:strict d1reportAllClassLayout analyze-"],
  ["keyed", "joined", "wd we wo w1 w2 w3 w4 errorReport errorReport:"],

  // Nothing that is kept depends on these: processes, banners, names of files that only links make.
  ["ignored", "none", "nologo FS bigobj- Gm Gm- Y-"],
  ["ignored", "joined", "MP cgthreads Fd Fe Fm F"],

  // Precompiled headers and modules.
  ["refused", "joined", "Yc Yu Yl Yd Fp YX"],
  ["refused", "joined", "module reference headerUnit exportHeader ifcOutput ifcSearchDir ifcMap"],
  ["refused", "none", "interface internalPartition translateInclude experimental:module"],
  ["refused", "joined", "sourceDependencies scanDependencies"],

  // Files beside the object, other languages, and calls that make no object.
  ["refused", "joined", "FA Fa FR Fr Fx Fi Fl doc analyze clr ZW AI FU experimental:log"],
  ["refused", "none", "GL QIPF_B LN"],
  ["refused", "joined", "link HEAP bv Bt B1 B2 Bx Bv"],
  ["query", "none", "? help HELP"],
];

/** A flag as it is written, without its "/" or "-": exactly, or the beginning of an argument. */
export interface ClTable {
  readonly exact: ReadonlyMap<string, ClFlag>;
  /** Longest first. */
  readonly joined: readonly (readonly [string, ClFlag])[];
}

function makeTable(): ClTable {
  const exact = new Map<string, ClFlag>();
  const joined: [string, ClFlag][] = [];
  for (const [effect, value, names] of ROWS) {
    for (const name of names.split(" ")) {
      if (value !== "joined") exact.set(name, { effect, value });
      if (value === "joined" || value === "either") joined.push([name, { effect, value }]);
    }
  }
  joined.sort(([a], [b]) => b.length - a.length);
  return { exact, joined };
}

let table: ClTable | undefined;

/** The table, made on first use. */
export function clFlags(): ClTable {
  table ??= makeTable();
  return table;
}
