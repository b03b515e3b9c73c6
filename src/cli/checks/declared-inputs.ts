// Doctor: does the `kache.toml` of the package that the working directory lies in say what it is meant to say. The wrapper
// takes one that does not as a whole, by its bytes, and is silent.
import { readText, statPath } from "../../base/file.ts";
import { joinPath } from "../../base/path.ts";
import { parseToml, TomlLines } from "../../base/toml.ts";
import {
  crateDirOf,
  expandPattern,
  extraInputCount,
  parsePatterns,
} from "../../key/extra-inputs.ts";
import { type Context, counted } from "../context.ts";
import { type Check, failed, passed } from "./check.ts";

const LABEL = "kache.toml";
const EXAMPLE = 'as in extra_inputs = ["schema", "queries/**/*.sql"]';
const EFFECT = "until then it counts by its bytes, and the files it names do not";
const FILE_BYTES_MAX = 1 << 20;

/** A check of that file; none where there is none. */
export function declarationChecks({ invocation: { env, cwd } }: Context): Check[] {
  const dir = crateDirOf(joinPath(cwd, "Cargo.toml"));
  const path = `${dir ?? cwd}/kache.toml`;
  if (statPath(path) === "absent") return [];
  if (dir === undefined) {
    const fix = "move it beside the Cargo.toml of the package whose macros read those files";
    return [failed(LABEL, `${path} is beside no Cargo.toml and has no effect`, fix)];
  }
  const text = readText(path, FILE_BYTES_MAX);
  if (text === undefined)
    return [
      failed(
        LABEL,
        `${path} cannot be read as a text (UTF-8) of up to 1 MiB`,
        `mend it; ${EFFECT}`,
      ),
    ];
  const fault = faultIn(path, text);
  if (fault !== undefined) return [fault];
  const patterns = parsePatterns(text) ?? [];
  const unset = patterns.find((pattern) => expandPattern(pattern, env) === undefined);
  if (unset !== undefined) {
    const said = `${place(path, text, "extra_inputs")}: \`${unset}\` names a variable that is not set here`;
    return [failed(LABEL, said, `set it for the build, or write the path; ${EFFECT}`)];
  }
  const files = extraInputCount(`${dir}/Cargo.toml`, env);
  if (files === undefined) {
    const fix = "name what the crate's macros read, and no more";
    return [failed(LABEL, `${path} matches so many files that the crate is not cached`, fix)];
  }
  const many = counted(patterns.length, "pattern", "patterns");
  return [passed(LABEL, `${path}, ${many}, ${counted(files, "file", "files")}`)];
}

function faultIn(path: string, text: string): Check | undefined {
  const toml = parseToml(text);
  if (toml.kind === "malformed") {
    const line = new TomlLines(text).ofFault();
    const said = `${line === undefined ? path : `${path}:${line}`}: ${toml.message}`;
    return failed(LABEL, said, `mend that line, ${EXAMPLE}; ${EFFECT}`);
  }
  const unknown = Object.keys(toml.tables).find((name) => name !== "extra_inputs");
  if (unknown !== undefined) {
    const said = `${place(path, text, unknown)}: unknown \`${unknown}\``;
    const settings = ["cache", "cc"].includes(unknown) ? "settings stand in .kache.toml" : EXAMPLE;
    return failed(LABEL, said, `only extra_inputs stands here; ${settings}; ${EFFECT}`);
  }
  if (parsePatterns(text) !== undefined) return undefined;
  const said = `${place(path, text, "extra_inputs")}: \`extra_inputs\` must be a list of strings`;
  return failed(LABEL, said, `write it ${EXAMPLE}; ${EFFECT}`);
}

function place(path: string, text: string, name: string): string {
  const line = new TomlLines(text).of([name]);
  return line === undefined ? path : `${path}:${line}`;
}
