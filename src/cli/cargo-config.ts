// Cargo's configuration files: which wrapper cargo will call, and setting it while every other byte
// of the file stays. An edit is only accepted when the result parses to the same tables plus the
// wrapper.
import type { Env } from "../base/environment.ts";
import { isFile, readText } from "../base/file.ts";
import { isRecord, textOf } from "../base/json.ts";
import { ancestorsOf, joinPath } from "../base/path.ts";
import { parseToml, TomlLines } from "../base/toml.ts";

/** The wrapper that cargo will call, and who says so. */
export interface EffectiveWrapper {
  readonly wrapper: string;
  readonly source: string;
}

const FILE_BYTES_MAX = 1 << 20;

/** Cargo's home directory. */
export function cargoHome(env: Env, cwd: string): string {
  const home = env["CARGO_HOME"];
  return home === undefined || home === "" ? `${env["HOME"] ?? ""}/.cargo` : joinPath(cwd, home);
}

/** The file that `init` edits: `config.toml`, or the old `config` where that alone exists. */
export function homeConfigPath(env: Env, cwd: string): string {
  const home = cargoHome(env, cwd);
  return !isFile(`${home}/config.toml`) && isFile(`${home}/config`)
    ? `${home}/config`
    : `${home}/config.toml`;
}

/** Files that cargo reads here, the weakest first. Where both names exist cargo takes the old one. */
function configFiles(env: Env, cwd: string): string[] {
  const dirs = [
    cargoHome(env, cwd),
    ...ancestorsOf(cwd)
      .reverse()
      .map((dir) => `${dir}/.cargo`),
  ];
  const files = dirs.map((dir) => [`${dir}/config`, `${dir}/config.toml`].find(isFile));
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** What a file sets `build.rustc-wrapper` to. */
function wrapperIn(file: string): string | undefined {
  const text = readText(file, FILE_BYTES_MAX);
  const toml = parseToml(text ?? "");
  const build = toml.kind === "tables" ? toml.tables["build"] : undefined;
  return isRecord(build) ? textOf(build["rustc-wrapper"]) : undefined;
}

/** The first of cargo's files here that is no TOML, as `<file>:<line>: <what>`: cargo refuses to start with it. */
export function malformedConfig(env: Env, cwd: string): string | undefined {
  for (const file of configFiles(env, cwd)) {
    const text = readText(file, FILE_BYTES_MAX) ?? "";
    const toml = parseToml(text);
    if (toml.kind === "malformed")
      return `${file}:${new TomlLines(text).ofFault() ?? "?"}: ${toml.message}`;
  }
  return undefined;
}

/** What the configuration files alone say. */
export function configuredWrapper(env: Env, cwd: string): EffectiveWrapper | undefined {
  for (const source of configFiles(env, cwd).reverse()) {
    const wrapper = wrapperIn(source);
    if (wrapper !== undefined) return { wrapper, source };
  }
  return undefined;
}

/** What cargo will really call: variables beat files, and an empty one means none. */
export function effectiveWrapper(env: Env, cwd: string): EffectiveWrapper | undefined {
  for (const source of ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"]) {
    const wrapper = env[source];
    if (wrapper !== undefined) return wrapper === "" ? undefined : { wrapper, source };
  }
  return configuredWrapper(env, cwd);
}

/** A change to a configuration's text. */
export type WrapperEdit =
  | { readonly kind: "unchanged" }
  | { readonly kind: "changed"; readonly text: string; readonly how: string }
  | {
      readonly kind: "malformed";
      readonly line: number | undefined;
      readonly message: string;
    }
  | { readonly kind: "by-hand" };

/** Sets `build.rustc-wrapper` in a configuration's text. */
export function setWrapper(text: string, wrapper: string): WrapperEdit {
  const toml = parseToml(text);
  if (toml.kind === "malformed") return { ...toml, line: new TomlLines(text).ofFault() };
  const before = toml.tables;
  const build = before["build"];
  const current = isRecord(build) ? build["rustc-wrapper"] : undefined;
  if (current === wrapper) return { kind: "unchanged" };
  const setting = `rustc-wrapper = ${JSON.stringify(wrapper)}`;
  const edited =
    current === undefined
      ? addSetting(text, setting)
      : replaceSetting(text, JSON.stringify(wrapper));
  if (edited === undefined) return { kind: "by-hand" };
  const after = parseToml(edited.text);
  if (after.kind === "malformed") return { kind: "by-hand" };
  const wanted = {
    ...before,
    build: { ...(isRecord(build) ? build : {}), "rustc-wrapper": wrapper },
  };
  return Bun.deepEquals(after.tables, wanted)
    ? { kind: "changed", ...edited }
    : { kind: "by-hand" };
}

interface Edited {
  readonly text: string;
  readonly how: string;
}

const ANY_TABLE = /^\s*\[/;
const BUILD_TABLE = /^\s*\[\s*"?build"?\s*\]\s*(#.*)?$/;
const VALUE =
  /^(\s*(?:"?build"?\s*\.\s*)?"?rustc-wrapper"?\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*')(.*)$/s;

/** Lines with their own line ends, so that joining them gives back the text. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function replaceSetting(text: string, value: string): Edited | undefined {
  const lines = linesOf(text);
  let table = "";
  for (const [index, line] of lines.entries()) {
    if (ANY_TABLE.test(line)) table = BUILD_TABLE.test(line.trimEnd()) ? "build" : "other";
    const match = VALUE.exec(line);
    const dotted = /^\s*"?build"?\s*\./.test(line);
    if (match === null || table !== (dotted ? "" : "build")) continue;
    lines[index] = `${match[1] ?? ""}${value}${match[3] ?? ""}`;
    return { text: lines.join(""), how: `replace the wrapper ${match[2] ?? ""}` };
  }
  return undefined;
}

function addSetting(text: string, setting: string): Edited {
  const lines = linesOf(text);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const at = lines.findIndex((line) => BUILD_TABLE.test(line.trimEnd()));
  if (at >= 0) {
    const header = lines[at] ?? "";
    const ended = header.endsWith("\n") ? header : header + newline;
    lines[at] = `${ended}${setting}${newline}`;
    return { text: lines.join(""), how: "add it to the [build] table" };
  }
  const gap = text === "" ? "" : text.endsWith("\n") ? newline : newline + newline;
  return { text: `${text}${gap}[build]${newline}${setting}${newline}`, how: "add a [build] table" };
}
