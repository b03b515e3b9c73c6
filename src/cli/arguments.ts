// argv → what was asked, typed, or the usage error that says what to write instead. Values are validated
// here, where they come in; commands get milliseconds, numbers and known words.
import { parseDurationMs } from "../base/units.ts";
import { COMMANDS, type CommandName, type CommandRow, type OptionRow } from "./command-table.ts";

/** What was asked for. */
export type Asked =
  | { readonly kind: "help"; readonly command: CommandRow | undefined }
  | { readonly kind: "version" }
  /** `isUnknown`: the first word is no command of ours. */
  | { readonly kind: "usage"; readonly message: string; readonly isUnknown: boolean }
  | { readonly kind: "command"; readonly name: CommandName; readonly options: Options };

/** A command's operand and options as given. */
export class Options {
  readonly operand: string | undefined;
  readonly #given: ReadonlyMap<string, string>;

  constructor(operand: string | undefined, given: ReadonlyMap<string, string>) {
    this.operand = operand;
    this.#given = given;
  }

  /** Whether the option was given. */
  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** The option's value. */
  text(name: string): string | undefined {
    return this.#given.get(name);
  }

  /** A duration in milliseconds. */
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    throw new UsageError(`\`${text}\` is no duration for ${name}; write 7d, 12h or 3 (hours)`);
  }

  /** A whole number from one up. */
  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
    throw new UsageError(`\`${text}\` is no number for ${name}; write ${name} 10`);
  }

  /** One of these words. */
  choice<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new UsageError(`\`${text}\` is unknown for ${name}; write ${listed(words)}`);
  }
}

/** A call that cannot be understood: told on stderr, exit 2. */
export class UsageError extends Error {}

function listed(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** Reads the words after our own name. */
export function parseArguments(words: readonly string[]): Asked {
  const [first, ...rest] = words;
  if (first === undefined || first === "--help" || first === "-h")
    return { kind: "help", command: undefined };
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first === "help") return helpFor(rest[0]);
  const command = COMMANDS.find(({ name }) => name === first);
  return command === undefined ? usage(unknownCommand(first), true) : parseCommand(command, rest);
}

function usage(message: string, isUnknown = false): Asked {
  return { kind: "usage", message, isUnknown };
}

function helpFor(name: string | undefined): Asked {
  const command = COMMANDS.find((row) => row.name === name);
  if (name !== undefined && command === undefined) return usage(unknownCommand(name));
  return { kind: "help", command };
}

/** Commands of the Rust kache that need a remote cache or a screen. */
const NOT_HERE = new Set(["sync", "save-manifest", "monitor"]);

const CARGO =
  "cargo calls kache and is not called by it: `kache init` once, then `cargo build` as ever";

/** Words of those who put kache in front of a build, and what to write instead. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ...["cargo", "build", "check", "run", "test"].map((word) => [word, CARGO] as const),
  ["make", 'kache stands before the compiler: `make CC="kache cc" CXX="kache c++"`'],
  [
    "cmake",
    "kache stands before the compiler: `cmake -DCMAKE_C_COMPILER_LAUNCHER=kache -DCMAKE_CXX_COMPILER_LAUNCHER=kache …`",
  ],
  ["version", "`kache --version` says it"],
]);

function unknownCommand(word: string): string {
  const instead = INSTEAD.get(word);
  if (instead !== undefined) return `unknown command \`${word}\`; ${instead}`;
  if (NOT_HERE.has(word))
    return `\`${word}\` is not part of this version; \`kache --help\` lists what is`;
  const near = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  );
  const hint =
    near === undefined ? "`kache --help` lists the commands" : `did you mean \`kache ${near}\`?`;
  return word.startsWith("-")
    ? `unknown option \`${word}\`; ${hint}`
    : `unknown command \`${word}\`; ${hint}`;
}

function parseCommand(command: CommandRow, words: readonly string[]): Asked {
  const given = new Map<string, string>();
  let operand: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--help" || word === "-h") return { kind: "help", command };
    if (!word.startsWith("-") || word === "-") {
      if (command.operand === undefined || operand !== undefined) {
        return usage(
          `unexpected \`${word}\`; \`kache ${command.name} --help\` shows what may stand there`,
        );
      }
      if (word === "") {
        return usage(`an empty word stands where \`kache ${command.name}\` has ${command.operand}`);
      }
      operand = word;
      continue;
    }
    const [name, inline] = splitOption(word);
    const option = command.options.find((row) => row.name === name || row.short === name);
    if (option === undefined) return usage(unknownOption(command, name));
    const taken = takeValue(option, inline, words[at + 1]);
    if (taken === undefined) return usage(valueFault(option, inline));
    given.set(option.name, taken.value);
    if (taken.tookNext) at += 1;
  }
  if (command.operand?.startsWith("<") === true && operand === undefined) {
    return usage(`\`kache ${command.name}\` needs ${command.operand}`);
  }
  return { kind: "command", name: command.name, options: new Options(operand, given) };
}

function splitOption(word: string): [string, string | undefined] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function takeValue(option: OptionRow, inline: string | undefined, next: string | undefined) {
  if (option.value === undefined)
    return inline === undefined ? { value: "", tookNext: false } : undefined;
  if (inline !== undefined) return inline === "" ? undefined : { value: inline, tookNext: false };
  const isValue = next !== undefined && next !== "" && !next.startsWith("--");
  return isValue ? { value: next, tookNext: true } : undefined;
}

function valueFault(option: OptionRow, inline: string | undefined): string {
  if (option.value === undefined)
    return `${option.name} takes no value, \`${inline ?? ""}\` was given`;
  return `${option.name} needs a value: ${option.name} ${option.value}`;
}

function unknownOption(command: CommandRow, name: string): string {
  const near = nearest(
    name,
    command.options.map((option) => option.name),
  );
  const hint =
    near === undefined
      ? `\`kache ${command.name} --help\` lists the options`
      : `did you mean \`${near}\`?`;
  return `unknown option \`${name}\` for \`kache ${command.name}\`; ${hint}`;
}

/** The word that takes the fewest changes, when these are few enough to be a slip of the hand. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const CHANGES_MAX = 2;
  const ranked = known
    .map((name) => ({ name, changes: distance(word, name) }))
    .sort((a, b) => a.changes - b.changes);
  const [best] = ranked;
  // A word changed in every letter is another word.
  const isNear = best !== undefined && best.changes <= Math.min(CHANGES_MAX, word.length - 1);
  return isNear ? best.name : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(changed, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
