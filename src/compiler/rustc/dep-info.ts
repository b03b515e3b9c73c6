// rustc's dep-info file: make rules plus "# env-dep:" lines → sources and variables read; and the same
// text with paths exchanged. Format: rustc_interface::passes::write_out_deps. Paths escape a space as
// "\ "; env values escape "\\", newline and carriage return.

/** A variable that `env!` or `option_env!` asked for, and its value at the time (undefined: unset). */
export interface EnvRead {
  readonly name: string;
  readonly value: string | undefined;
}

/** What a dep-info file says. */
export interface DepInfo {
  readonly sources: readonly string[];
  readonly envReads: readonly EnvRead[];
}

/** Reads the text; undefined when there is no rule, or a line is none: a degraded file is no knowledge. */
export function parseDepInfo(text: string): DepInfo | undefined {
  const sources = new Set<string>();
  const envReads: EnvRead[] = [];
  let rules = 0;
  let last = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("# env-dep:")) {
      envReads.push(parseEnvRead(line.slice("# env-dep:".length)));
    } else if (line !== "" && !line.startsWith("#")) {
      const colon = line.indexOf(": ");
      // Each source has a rule of its own; what is none is the rest of a name that holds a line's end.
      if (colon < 0 && !line.endsWith(":")) return undefined;
      if (colon < 0) continue;
      rules += 1;
      // Each output has a rule, and all of them name the same sources.
      const named = line.slice(colon + 2);
      if (named !== last) for (const path of splitPaths(named)) sources.add(path);
      last = named;
    }
  }
  if (rules === 0) return undefined;
  return { sources: [...sources], envReads };
}

function splitPaths(text: string): string[] {
  const tokens = text.includes("\\ ") ? text.split(/(?<!\\) /) : text.split(" ");
  return tokens.flatMap((token) => (token === "" ? [] : [token.replaceAll("\\ ", " ")]));
}

function parseEnvRead(text: string): EnvRead {
  const equals = text.indexOf("=");
  if (equals < 0) return { name: unescape(text), value: undefined };
  return { name: unescape(text.slice(0, equals)), value: unescape(text.slice(equals + 1)) };
}

function unescape(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", "\\": "\\" };
  return text.replace(/\\([nr\\])/g, (_, char: string) => escapes[char] ?? char);
}

/** The text with every path of its rules exchanged by `change`; other lines stay byte for byte. */
export function rewriteDepInfo(text: string, change: (path: string) => string): string {
  return text
    .split("\n")
    .map((line) => {
      if (line === "" || line.startsWith("#")) return line;
      // A target line is "path: deps…" or "path:"; every path is a token at its start or after a space,
      // the one blank that rustc escapes.
      return line.replace(/(?:\\ |[^ ])+/g, (token) => {
        const colon = token.endsWith(":") ? ":" : "";
        const escaped = colon === "" ? token : token.slice(0, -1);
        return change(escaped.replaceAll("\\ ", " ")).replaceAll(" ", "\\ ") + colon;
      });
    })
    .join("\n");
}
