// Make rules as gcc and clang write them (`-MD`): text → names, and names → the same text. Where a name
// breaks the line depends on how long all before it are, so that a rule for another object or another
// checkout is written anew and not edited. Layouts: gcc's libcpp/mkdeps.cc, clang's DependencyFile.cpp.

/** Whose layout a text has; clang up to 14 puts an empty line before each phony rule. */
export const RULE_LAYOUTS = ["gcc", "clang", "clang-14"] as const;

/** One of them. */
export type RuleLayout = (typeof RULE_LAYOUTS)[number];

/** The names of one file of rules, escaped for make as written. */
export interface MakeRules {
  /** Each as one `-MT` or `-MQ` gives it. */
  readonly targets: readonly string[];
  readonly prerequisites: readonly string[];
  /** Rules without prerequisites (`-MP`). */
  readonly phony: readonly string[];
}

/** A name as make wants it. */
export function escapeForMake(name: string): string {
  return name
    .replace(
      /(\\*)([ \t])/g,
      (_, slashes: string, blank: string) => `${slashes}${slashes}\\${blank}`,
    )
    .replaceAll("$", "$$$$")
    .replaceAll("#", "\\#");
}

/** The name that make reads out of an escaped one. */
export function unescapeForMake(text: string): string {
  return text
    .replaceAll("\\#", "#")
    .replaceAll("$$", "$")
    .replace(/(\\+)([ \t])/g, (_, slashes: string, blank: string) => {
      return slashes.slice(0, (slashes.length - 1) / 2) + blank;
    });
}

/** Reads a text whose targets are known; undefined when it does not begin with them. */
export function parseMakeRules(text: string, targets: readonly string[]): MakeRules | undefined {
  const lines = text
    .replaceAll(/ \\\n {0,2}(?=\S)/g, " ")
    .replaceAll(/ \\\n {1,2}/g, " ")
    .split("\n");
  const head = `${targets.join(" ")}:`;
  const [rule = "", ...rest] = lines;
  if (!rule.startsWith(head)) return undefined;
  const phony = rest.filter((line) => line !== "");
  if (phony.some((line) => !line.endsWith(":"))) return undefined;
  return {
    targets,
    prerequisites: rule.slice(head.length).match(/(?:\\[ \t]|\S)+/g) ?? [],
    phony: phony.map((line) => line.slice(0, -1)),
  };
}

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Writes the rules in a layout. */
export function renderMakeRules(rules: MakeRules, layout: RuleLayout): string {
  const rule = layout === "gcc" ? renderGcc(rules) : renderClang(rules);
  const before = layout === "clang-14" ? "\n" : "";
  return `${rule}\n${rules.phony.map((name) => `${before}${name}:\n`).join("")}`;
}

function renderGcc({ targets, prerequisites }: MakeRules): string {
  const COLUMNS = 72;
  let text = "";
  let column = 0;
  const add = (name: string) => {
    const size = bytesOf(name);
    if (column > 0) {
      if (column + size > COLUMNS) {
        text += " \\\n";
        column = 0;
      }
      column += 1;
      text += " ";
    }
    column += size;
    text += name;
  };
  targets.forEach(add);
  text += ":";
  column += 1;
  prerequisites.forEach(add);
  return text;
}

function renderClang({ targets, prerequisites }: MakeRules): string {
  const COLUMNS = 75;
  let text = "";
  let column = 0;
  for (const target of targets) {
    const size = bytesOf(target);
    if (column === 0) column = size;
    else if (column + size + 2 > COLUMNS) {
      column = size + 2;
      text += " \\\n  ";
    } else {
      column += size + 1;
      text += " ";
    }
    text += target;
  }
  text += ":";
  column += 1;
  for (const name of prerequisites) {
    // Counted as it is, written as make wants it.
    const size = bytesOf(unescapeForMake(name));
    if (column + size + 1 + 2 > COLUMNS) {
      text += " \\\n ";
      column = 2;
    }
    text += ` ${name}`;
    column += size + 1;
  }
  return text;
}
