// The rules of the code as code: what may import what, what the wrapper may load, names, sizes, ambient
// reads. Reads src/ and fails on any breach.
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dir, "..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

interface Source {
  readonly path: string;
  readonly text: string;
  /** Paths or module names imported for their values, statically. */
  readonly statics: readonly string[];
  readonly dynamics: readonly string[];
  /** Paths imported for anything, types among it. */
  readonly named: readonly string[];
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const imports = transpiler.scanImports(text);
  const resolve = (name: string) =>
    name.startsWith(".") ? normalize(join(dirname(path), name)) : name;
  const of = (dynamic: boolean) =>
    imports
      .filter(({ kind }) => (kind === "dynamic-import") === dynamic)
      .map(({ path: name }) => resolve(name));
  const named = [...text.matchAll(/ from "(\.[^"]+)"/g)].map(([, name = ""]) => resolve(name));
  return { path, text, statics: of(false), dynamics: of(true), named };
}

const sources = [...new Glob("src/**/*.ts").scanSync({ cwd: root })]
  .filter((path) => !path.endsWith(".test.ts") && !path.endsWith(".d.ts"))
  .sort()
  .map(read);
const byPath = new Map(sources.map((source) => [source.path, source]));

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

function closure(start: string, by: "statics" | "named" = "statics"): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const next of byPath.get(path)?.[by] ?? []) visit(next);
  };
  visit(start);
  return seen;
}

function layerOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? "main";
}

/** Layer → layers it may import; `base` is open to all. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  compiler: [],
  event: [],
  config: [],
  observe: ["key"],
  key: ["compiler"],
  store: ["key", "event"],
  wrap: ["compiler", "config", "event", "key", "observe", "store"],
  engine: ["compiler", "key", "wrap"],
  report: ["config", "event", "key", "store"],
  cli: ["config", "event", "key", "report", "store", "compiler", "observe", "wrap", "engine"],
  main: ["compiler", "wrap"],
};

/** Folder of src/wrap → those of its folders that it may import; the story beside them may import all. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  call: [],
  engines: ["call"],
  unit: ["call"],
  compile: ["call", "unit"],
  rustc: ["call", "unit", "compile"],
  cc: ["call", "unit", "compile"],
  keep: ["unit", "compile"],
};

describe("imports", () => {
  test("every layer imports only the layers below it", () => {
    const breaches = sources.flatMap(({ path, named }) => {
      const layer = layerOf(path);
      const allowed = new Set(["base", layer, ...(LAYERS[layer] ?? [])]);
      return named
        .filter((name) => name.startsWith("src/") && !allowed.has(layerOf(name)))
        .map((name) => `${path} → ${name}`);
    });
    expect(breaches).toEqual([]);
  });

  test("a stage of the wrapper imports only the stages before it, and nothing of the story", () => {
    const stageOf = (path: string) => /^src\/wrap\/(?:([^/]+)\/)?/.exec(path)?.[1] ?? "story";
    const breaches = sources.flatMap(({ path, named }) => {
      const stage = stageOf(path);
      const allowed = STAGES[stage];
      if (!path.startsWith("src/wrap/") || stage === "story") return [];
      return named
        .filter((name) => name.startsWith("src/wrap/"))
        .filter((name) => ![stage, ...(allowed ?? [])].includes(stageOf(name)))
        .map((name) => `${path} → ${name}`);
    });
    expect(breaches).toEqual([]);
  });

  test("there are no cycles", () => {
    const cyclic = sources
      .filter(({ path, named }) => named.some((next) => closure(next, "named").has(path)))
      .map(({ path }) => path);
    expect(cyclic).toEqual([]);
  });

  test("the wrapper loads nothing but itself and bun:ffi at start", () => {
    const loaded = [...closure("src/main.ts")];
    const foreign = loaded.filter((name) => !name.startsWith("src/") && !name.endsWith(".so"));
    expect(foreign).toEqual(["bun:ffi"]);
    const cold = loaded.filter((name) => /^src\/(report|cli|remote|daemon|tui|web)\//.test(name));
    expect(cold).toEqual([]);
    const databases = loaded.filter((name) =>
      /^src\/store\/(usage|evict|sweep|verify|index-db)/.test(name),
    );
    expect(databases).toEqual([]);
  });

  test("a hit of rustc loads no code of misses and of C compilers", () => {
    const loaded = [...closure("src/main.ts")];
    const others =
      /^src\/(observe\/|compiler\/cc\/|wrap\/((cc|keep)\/|compile\/(?!detach)|call\/passthrough\.ts|(miss|no-hit)\.ts))/;
    expect(loaded.filter((name) => others.test(name))).toEqual([]);
  });

  test("import() stands only where a role or a miss begins", () => {
    const beginnings = [
      "src/cli/cli.ts",
      "src/main.ts",
      "src/wrap/cc/language.ts",
      "src/wrap/end-process.ts",
      "src/wrap/rustc/language.ts",
      "src/wrap/wrap.ts",
    ];
    const others = sources.filter(({ path, dynamics }) => {
      return dynamics.length > 0 && !beginnings.includes(path);
    });
    expect(others.map(({ path }) => path)).toEqual([]);
  });
});

describe("names and sizes", () => {
  test("no file has a name that says nothing", () => {
    const banned = /^(utils?|helpers?|common|misc|manager|handle|process|data|info|index)\.ts$/;
    const files = sources.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
    expect(files.filter((name) => banned.test(name))).toEqual([]);
  });

  test("no file is longer than 400 lines, tables apart", () => {
    const long = sources.filter(
      ({ path, text }) => text.split("\n").length > 400 && !path.endsWith("flags.ts"),
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test("every file opens with what it owns", () => {
    const silent = sources.filter(({ text }) => !text.startsWith("// "));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test("every export is documented", () => {
    const bare = sources.flatMap(({ path, text }) => {
      const lines = text.split("\n");
      return lines
        .map((line, index) => ({ line, before: lines[index - 1] ?? "" }))
        .filter(({ line }) =>
          /^export (?:async )?(?:function|const|class|interface|type)\b/.test(line),
        )
        .filter(({ before }) => !before.trimEnd().endsWith("*/"))
        .map(({ line }) => `${path}: ${line}`);
    });
    expect(bare).toEqual([]);
  });
});

describe("ambient reads", () => {
  /** What may be read where; everything else works on values it is given. */
  const READERS: readonly (readonly [RegExp, RegExp])[] = [
    [/\bprocess\.(env|argv|cwd)\b/, /^src\/(wrap\/call\/invocation|base\/clock)\.ts$/],
    [/\b(?:Date\.now|performance\.now)\b/, /^src\/base\/clock\.ts$/],
    [/\bMath\.random\b/, /^$/],
    [/\bconsole\./, /^$/],
  ];

  for (const [use, allowed] of READERS) {
    test(`${use.source} is read only where it may be`, () => {
      const breaches = sources.filter(({ path, text }) => {
        return use.test(withoutComments(text)) && !allowed.test(path);
      });
      expect(breaches.map(({ path }) => path)).toEqual([]);
    });
  }

  test("nothing in the key depends on a locale", () => {
    const breaches = sources.filter(
      ({ path, text }) => path.startsWith("src/key/") && /localeCompare|toLocale/.test(text),
    );
    expect(breaches.map(({ path }) => path)).toEqual([]);
  });
});

describe("types", () => {
  test("there is no any and no non-null assertion", () => {
    const breaches = sources.filter(({ text }) => /\bas any\b|: any\b|<any>/.test(text));
    expect(breaches.map(({ path }) => path)).toEqual([]);
  });
});
