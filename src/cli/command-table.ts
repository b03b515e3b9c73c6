// The commands, their operands and options: parsing, usage errors and help all follow from this
// table.

/** One option of a command. */
export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** What the value is called in the help; absent for options that take none. */
  readonly value?: string;
  readonly help: string;
}

/** One command. */
export interface CommandRow {
  readonly name: CommandName;
  /** What may stand after the command: `<x>` is required, `[x]` is not. */
  readonly operand?: string;
  readonly help: string;
  readonly options: readonly OptionRow[];
  /** Left out of the list of commands: another name for one of them, kept for scripts. */
  readonly hidden?: true;
}

/** Every command. */
export type CommandName =
  | "list"
  | "gc"
  | "purge"
  | "clean"
  | "stats"
  | "report"
  | "why-miss"
  | "doctor"
  | "init"
  | "shims"
  | "install-shims"
  | "config"
  | "daemon"
  | "engine";

const SINCE: OptionRow = {
  name: "--since",
  value: "<dur>",
  help: "how far back to look (default 24h)",
};

/** The table. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: "init",
    help: "make cargo use kache",
    options: [
      { name: "--yes", short: "-y", help: "answer every question with yes" },
      { name: "--check", help: "only say what would be changed" },
      { name: "--no-service", help: "accepted for scripts; this version installs no service" },
    ],
  },
  {
    name: "shims",
    help: "make links named like the compilers, for C and C++ builds",
    options: [
      { name: "--dir", value: "<dir>", help: "where (default: kache/shims in the data directory)" },
      { name: "--remove", help: "remove the links instead" },
      { name: "--force", help: "also replace files that are not links to kache" },
    ],
  },
  {
    name: "install-shims",
    operand: "<dir>",
    help: "the same as `kache shims --dir <dir>`",
    options: [{ name: "--force", help: "also replace files that are not links to kache" }],
    hidden: true,
  },
  {
    name: "stats",
    help: "hit rate, sizes and time saved",
    options: [SINCE],
  },
  {
    name: "report",
    help: "a full report of recent builds",
    options: [
      { name: "--format", value: "<format>", help: "text, json, markdown (md) or github (gh)" },
      SINCE,
      { name: "--output", short: "-o", value: "<file>", help: "write to a file instead of stdout" },
      { name: "--top", value: "<n>", help: "rows in each list (default 10)" },
    ],
  },
  {
    name: "why-miss",
    operand: "<crate>",
    help: "why a crate was compiled and not restored",
    options: [{ name: "--format", value: "<format>", help: "text or json (default text)" }],
  },
  {
    name: "list",
    operand: "[crate]",
    help: "what is in the cache",
    options: [{ name: "--sort", value: "<by>", help: "name, size, hits or age (default name)" }],
  },
  {
    name: "gc",
    help: "evict entries and remove what is unused",
    options: [
      { name: "--max-age", value: "<dur>", help: "evict what was not used for this long" },
      { name: "--background", help: "print nothing" },
    ],
  },
  {
    name: "purge",
    help: "remove all entries, or those of one crate",
    options: [{ name: "--crate-name", value: "<name>", help: "only entries of this crate" }],
  },
  {
    name: "clean",
    help: "list target directories below here, largest first",
    options: [
      {
        name: "--dry-run",
        short: "-n",
        help: "accepted for scripts; nothing is removed either way",
      },
    ],
  },
  {
    name: "doctor",
    help: "check the installation and the cache",
    options: [
      { name: "--verify", help: "also check every entry and blob" },
      { name: "--checksums", help: "also read every blob; implies --verify" },
      { name: "--repair", help: "remove what is damaged; implies --verify" },
      { name: "--fix", help: "mend what can be mended: cargo's configuration, a running sccache" },
      { name: "--purge-sccache", help: "with --fix: delete sccache's caches and uninstall it" },
    ],
  },
  {
    name: "config",
    help: "show the settings and where each comes from",
    options: [
      { name: "--keys", help: "list every key and variable" },
      { name: "--check", help: "exit 1 when something is wrong with them" },
    ],
  },
  {
    name: "daemon",
    operand: "[action]",
    help: "kept for scripts: this version needs and has no daemon",
    options: [],
  },
  {
    name: "engine",
    operand: "[stop]",
    help: "list the resident engines that serve calls, or stop them",
    options: [],
  },
];

const HELP_COLUMN = 26;

function row(left: string, right: string): string {
  return `  ${left.padEnd(HELP_COLUMN)}${right}`;
}

/** The text of `kache --help`. */
export function helpText(version: string): string {
  return [
    `kache ${version}: a build cache for Rust, C and C++`,
    "",
    "Usage: kache <command> [options]",
    "       kache <rustc> <arguments>     (as cargo's RUSTC_WRAPPER)",
    '       kache <compiler> <arguments>  (as in CC="kache cc", CXX="kache c++")',
    "",
    "Commands:",
    ...COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name, operand, help }) =>
      row([name, operand].filter(Boolean).join(" "), help),
    ),
    "",
    "Options:",
    row("-h, --help", "this text; after a command, its options"),
    row("-V, --version", "the version"),
    "",
    "Durations are <n>d, <n>h or <n> (hours).",
  ].join("\n");
}

/** The text of `kache <command> --help`. */
export function commandHelp({ name, operand, help, options }: CommandRow): string {
  const shown = options.map((option) => {
    const names = [option.short, option.name].filter(Boolean).join(", ");
    return row([names, option.value].filter(Boolean).join(" "), option.help);
  });
  return [
    `kache ${name}: ${help}`,
    "",
    `Usage: kache ${[name, operand, options.length > 0 ? "[options]" : ""].filter(Boolean).join(" ")}`,
    ...(shown.length > 0 ? ["", "Options:", ...shown] : []),
  ].join("\n");
}
