// What a user can set, ask for or read stands in the manual: variables, keys, commands and options, members of
// the report and of events, files of the cache directory; and what pages link to is there. Reads sources and pages.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { isRecord } from "../src/base/json.ts";
import { COMMANDS } from "../src/cli/command-table.ts";
import { CACHE_KEYS, CC_KEYS, RESERVED_TABLES } from "../src/config/config.ts";
import { type Event, blankEvent } from "../src/event/event.ts";
import { buildReport } from "../src/report/report.ts";

const root = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = (name: string) => read(`docs/manual/${name}.md`);
const rowsOf = (text: string) => text.split("\n").filter((line) => line.startsWith("|"));
const filesOf = (...globs: readonly string[]) =>
  globs.flatMap((glob) => [...new Bun.Glob(glob).scanSync({ cwd: root })]);

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");

/** Names of kache's own in the code, whether read by name or out of a message. */
function variablesIn(paths: readonly string[]): string[] {
  const code = paths.map((path) => withoutComments(read(path))).join("\n");
  return [...new Set(code.match(/\bKACHE_[A-Z_]*[A-Z]\b/g))].sort();
}

/** No settings: told where their use is described. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  KACHE_ACTIVE: "docs/observer.md",
  KACHE_CONFIG: "docs/manual/configuration.md",
  KACHE_OBSERVE_LOG: "docs/observer.md",
  KACHE_SHIM_CHAIN: "docs/manual/c-and-cpp.md",
};

const sources = filesOf("src/**/*.ts").filter((path) => !path.endsWith(".test.ts"));
const native = filesOf("native/*.c", "native/launcher/*.c");
const isConstant = (name: string) => name === "KACHE_VERSION" || name.endsWith("_H");

test("every variable that is read stands in a table of the manual", () => {
  const settings = rowsOf(page("configuration")).join("\n");
  const names = variablesIn([...sources, ...native]).filter((name) => !isConstant(name));
  const missing = names.filter((name) => {
    const where = ELSEWHERE[name];
    return !(where === undefined ? settings : read(where)).includes(`\`${name}\``);
  });
  expect(missing).toEqual([]);
  expect(settings).toContain("`CI`");
});

test("every variable in the pages is read", () => {
  const pages = filesOf("docs/**/*.md").concat("README.md");
  const known = variablesIn([
    ...sources,
    ...native,
    ...filesOf("scripts/**/*.ts", "bench/**/*.ts"),
  ]);
  const told = pages.flatMap((path) => read(path).match(/\bKACHE_[A-Z_]*[A-Z]\b/g) ?? []);
  expect([...new Set(told)].filter((name) => !known.includes(name))).toEqual([]);
});

test("every key of the file stands in a table of the manual", () => {
  const settings = rowsOf(page("configuration")).join("\n");
  const tables = [...RESERVED_TABLES].map((name) => `[cache.${name}]`);
  const names = [...CACHE_KEYS.keys(), ...CC_KEYS.keys(), ...tables];
  expect(names.filter((name) => !settings.includes(`\`${name}\``))).toEqual([]);
});

test("every command and option stands in the manual", () => {
  const pages = filesOf("docs/manual/*.md").map(read).join("\n");
  const said = COMMANDS.flatMap(({ name, options }) => [
    `kache ${name}`,
    ...options.map((option) => option.name),
  ]);
  expect(said.filter((words) => !pages.includes(words))).toEqual([]);
});

/** Members that an interface gives, also those that are left out at times. */
function membersOf(path: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{$([\\s\\S]*?)^\\}$`, "m").exec(read(path));
  return [...(body?.[1] ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(
    ([, member = ""]) => member,
  );
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

test("every member of an event stands in the table of the manual", () => {
  const [, table = ""] = page("report").split("## Event log");
  const members = membersOf("src/event/event.ts", "Event");
  expect(members).toContain("answered_first");
  expect(members.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  const [, phases = ""] = /export type Phase =([^;]*);/.exec(read("src/base/timeline.ts")) ?? [];
  const words = [...phases.matchAll(/"(\w+)"/g)].map(([, word = ""]) => word);
  expect(words).toContain("learn");
  expect(words.filter((word) => !table.includes(`\`${word}\``))).toEqual([]);
});

test("every member of the JSON report stands in the manual", () => {
  const all: Partial<Event> = { not_stored: "x", miss_reason: "x", bound_to: "x" };
  const events: Event[] = [
    { ...blankEvent("a", "0", "miss"), ...all },
    blankEvent("a", "0", "error"),
    { ...blankEvent("a", "0", "local_hit"), verified: "content" },
    { ...blankEvent("a", "0", "passthrough"), passthrough_reason: "x" },
  ];
  const report = buildReport({
    events,
    store: { entries: 0, blobs: 0, logicalBytes: 0, blobBytes: 0 },
    gc: { lastRun: "2026-01-01T00:00:00Z", entriesEvicted: 0, bytesFreed: 0, blobsRemoved: 0 },
    sinceMs: 0,
    sinceHours: 24,
    generatedAt: "",
    version: "",
    top: 10,
  });
  const [, json = ""] = page("report").split("## JSON");
  const names = [...new Set(namesIn(report))];
  expect(names).toContain("blobs_removed");
  expect(names).toContain("store_error");
  expect(names.filter((name) => !json.includes(`\`${name}\``))).toEqual([]);
});

test("every file of the cache directory stands in the table of the store's format", () => {
  const table = rowsOf(read("docs/store-format.md")).join("\n");
  const places = sources.flatMap((path) =>
    [...read(path).matchAll(/\b(?:cacheDir|dir)\}\/([\w.-]+)/g)].map(([, name = ""]) => name),
  );
  expect(places).toContain("gc_stats.json");
  const inCache = places.filter((name) => /\.(json|jsonl|db|memo|log|stamp)$/.test(name));
  expect(inCache.filter((name) => !table.includes(name))).toEqual([]);
});

/** Headings as GitHub makes anchors of them. */
function anchorsOf(path: string): string[] {
  const headings = read(path).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

test("what the pages link to and name in the sources is there", () => {
  const pages = [...filesOf("docs/**/*.md"), "README.md", "CHANGELOG.md", "bench/README.md"];
  const broken = pages.flatMap((from) => {
    const links = [...read(from).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to);
    const dead = links.filter((to) => {
      if (to.includes("://")) return false;
      const [file = "", anchor] = to.split("#");
      const path = file === "" ? from : normalize(join(dirname(from), file));
      return (
        !existsSync(join(root, path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor))
      );
    });
    const named = [...read(from).matchAll(/`((?:src|test|scripts)\/[\w./-]+)`/g)];
    const gone = named.map(([, path = ""]) => path).filter((path) => !existsSync(join(root, path)));
    return [...dead, ...gone].map((to) => `${from}: ${to}`);
  });
  expect(broken).toEqual([]);
});
