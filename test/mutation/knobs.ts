// The states of the workspace that mutation runs edit: one value per knob, and the table of values each
// knob takes. An edit sets knobs; files, variables and flags follow from all of them (files.ts).

/** Everything about a workspace that an edit may change. */
export interface Knobs {
  /** A constant of each crate that the program prints. */
  readonly baseNumber: number;
  readonly userNumber: number;
  readonly appNumber: number;
  readonly outsideNumber: number;
  readonly macroNumber: number;
  /** Lines of comment above everything in the crate: spans and line numbers move. */
  readonly baseComment: number;
  readonly baseWarns: boolean;
  readonly userWarns: boolean;
  readonly breaks: "nothing" | "base" | "user" | "app" | "macro" | "c";
  /** Where a module stands; both is an error. */
  readonly part: "part.rs" | "part/mod.rs" | "both";
  readonly swapped: boolean;
  readonly more: boolean;
  /** A file nobody names. */
  readonly stray: number;
  readonly data: string;
  readonly dataAt: "data.txt" | "text/data.txt";
  /** What a macro reads, lists, tests for and asks of the environment; undefined: not there. */
  readonly watched: string | undefined;
  readonly listed: readonly string[];
  readonly probed: boolean;
  readonly secret: string | undefined;
  readonly shout: boolean;
  /** A variable read by option_env!. */
  readonly word: string | undefined;
  readonly input: string;
  readonly scriptNumber: number;
  readonly scriptVariable: string | undefined;
  /** The C that a build script compiles: a number in the source, and one in a header. */
  readonly cNumber: number;
  readonly cHeader: number;
  /** Headers that hide that one: beside the source, and in an earlier directory. */
  readonly cBeside: boolean;
  readonly cEarlier: boolean;
  /** A header that is only asked for by __has_include, a file of .incbin, and a flag. */
  readonly cExtra: number | undefined;
  readonly cBlob: string;
  readonly cFlag: string | undefined;
  readonly loud: boolean;
  readonly special: boolean;
  readonly lints: "" | "-Dwarnings" | "-Aunused" | "--cap-lints=allow";
  readonly flagsIn: "environment" | "config";
  readonly manifestLint: "allow" | "warn" | "deny";
  readonly optLevel: 0 | 1;
  readonly debug: 0 | 1;
  readonly overflowChecks: boolean;
  readonly panic: "unwind" | "abort";
  readonly codegenUnits: 1 | 4;
  readonly release: boolean;
  readonly tiny: "1.0.0" | "1.1.0";
  readonly edition: "2018" | "2021";
}

/** Where every run begins. */
export const FIRST: Knobs = {
  baseNumber: 1,
  userNumber: 1,
  appNumber: 1,
  outsideNumber: 1,
  macroNumber: 1,
  baseComment: 0,
  baseWarns: false,
  userWarns: false,
  breaks: "nothing",
  part: "part.rs",
  swapped: false,
  more: false,
  stray: 0,
  data: "one",
  dataAt: "data.txt",
  watched: "one",
  listed: ["a"],
  probed: false,
  secret: undefined,
  shout: false,
  word: undefined,
  input: "one",
  scriptNumber: 1,
  scriptVariable: undefined,
  cNumber: 1,
  cHeader: 1,
  cBeside: false,
  cEarlier: false,
  cExtra: undefined,
  cBlob: "one",
  cFlag: undefined,
  loud: false,
  special: false,
  lints: "",
  flagsIn: "environment",
  manifestLint: "warn",
  optLevel: 0,
  debug: 0,
  overflowChecks: true,
  panic: "unwind",
  codegenUnits: 4,
  release: false,
  tiny: "1.0.0",
  edition: "2021",
};

const FLAG = [false, true] as const;
const NUMBERS = [1, 2, 3] as const;
const WORDS = [undefined, "", "red", "blue"] as const;

/** The values that each knob takes. */
export const VALUES: { readonly [Name in keyof Knobs]: readonly Knobs[Name][] } = {
  baseNumber: NUMBERS,
  userNumber: NUMBERS,
  appNumber: NUMBERS,
  outsideNumber: NUMBERS,
  macroNumber: NUMBERS,
  baseComment: [0, 1, 2],
  baseWarns: FLAG,
  userWarns: FLAG,
  breaks: ["nothing", "base", "user", "app", "macro", "c"],
  part: ["part.rs", "part/mod.rs", "both"],
  swapped: FLAG,
  more: FLAG,
  stray: [0, 1, 2],
  data: ["one", "two", ""],
  dataAt: ["data.txt", "text/data.txt"],
  watched: ["one", "two", "", undefined],
  listed: [[], ["a"], ["b"], ["a", "b"]],
  probed: FLAG,
  secret: WORDS,
  shout: FLAG,
  word: WORDS,
  input: ["one", "two"],
  scriptNumber: NUMBERS,
  scriptVariable: WORDS,
  cNumber: NUMBERS,
  cHeader: NUMBERS,
  cBeside: FLAG,
  cEarlier: FLAG,
  cExtra: [undefined, 1, 2],
  cBlob: ["one", "two"],
  cFlag: [undefined, "-DFLAG=1", "-DFLAG=2 -O2"],
  loud: FLAG,
  special: FLAG,
  lints: ["", "-Dwarnings", "-Aunused", "--cap-lints=allow"],
  flagsIn: ["environment", "config"],
  manifestLint: ["allow", "warn", "deny"],
  optLevel: [0, 1],
  debug: [0, 1],
  overflowChecks: FLAG,
  panic: ["unwind", "abort"],
  codegenUnits: [1, 4],
  release: FLAG,
  tiny: ["1.0.0", "1.1.0"],
  edition: ["2018", "2021"],
};

/** One edit and the build that follows it. */
export interface Edit {
  /** Knobs that change. */
  readonly set: Partial<Knobs>;
  readonly verb: "build" | "check" | "test";
  /** Which of the two checkouts it happens in. */
  readonly checkout: 0 | 1;
  /** Whether the target directory goes away first, so that everything comes from the cache. */
  readonly fresh: boolean;
}

/** An edit as text, with what is unset shown as null. */
export function showEdit(edit: Edit): string {
  return JSON.stringify(edit, (_name, value: unknown) => (value === undefined ? null : value));
}

/** A source of numbers in [0, 1) that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<Value>(random: () => number, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined && !values.includes(value!)) throw new RangeError("nothing to pick from");
  return value!;
}

function isKnob(name: string): name is keyof Knobs {
  return name in VALUES;
}

/** One knob turned to another value. */
function turn(random: () => number, knobs: Knobs): Partial<Knobs> {
  const name = pick(random, Object.keys(VALUES).filter(isKnob));
  const others = (VALUES[name] as readonly unknown[]).filter(
    (value) => !Bun.deepEquals(value, knobs[name]),
  );
  return { [name]: pick(random, others) };
}

/** What mends a workspace that does not build. */
const MENDS: Partial<Knobs> = {
  breaks: "nothing",
  part: "part.rs",
  manifestLint: "warn",
  lints: "",
};

function isBroken({ breaks, part }: Knobs): boolean {
  return breaks !== "nothing" || part === "both";
}

/** The knobs that lead from one state to another. */
function difference(from: Knobs, to: Knobs): Partial<Knobs> {
  return Object.fromEntries(
    Object.entries(to).filter(
      ([name, value]) => isKnob(name) && !Bun.deepEquals(from[name], value),
    ),
  );
}

/** The edits that a seed stands for. */
export function editsFrom(seed: number, count: number): Edit[] {
  const random = randomFrom(seed);
  const chance = (share: number) => random() < share;
  const states: Knobs[] = [FIRST];
  return Array.from({ length: count }, () => {
    const now = states.at(-1) ?? FIRST;
    const mend = isBroken(now) && chance(0.7) ? MENDS : {};
    const change = chance(0.15)
      ? difference(now, pick(random, states))
      : { ...turn(random, now), ...(chance(0.25) ? turn(random, now) : {}), ...mend };
    states.push({ ...now, ...change });
    return {
      set: change,
      verb: chance(0.7) ? "build" : pick(random, ["check", "test"] as const),
      checkout: chance(0.25) ? 1 : 0,
      fresh: chance(0.3),
    };
  });
}
