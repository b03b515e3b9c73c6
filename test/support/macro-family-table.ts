// Macros of crates.io that look at more than their arguments: what each looks at, and how changing that is told.
// test/families is the workspace, one package a family.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Variables } from "./rig.ts";
import type { Files } from "./tree.ts";

/** The workspace of the families. */
export const SOURCE = join(import.meta.dir, "../families");

/** Something that a family's macro looked at, changed. */
export interface Change {
  readonly fact: string;
  readonly edit?: Files;
  readonly set?: Variables;
  /** A file that gets another time and keeps its content. */
  readonly touch?: string;
  /** What why-miss must say. */
  readonly named: RegExp;
}

/** A macro crate, and the package here that uses it. */
export interface Family {
  readonly name: string;
  readonly crate: string;
  readonly program?: string;
  readonly changes: readonly Change[];
  /** Files that nothing reads, beside the package's notes. */
  readonly noise?: Files;
  /** Why any file of the package counts. */
  readonly packageCounts?: string;
  /** Why an unrelated variable or another checkout is a miss, where it is. */
  readonly environmentCounts?: string;
  readonly placeCounts?: string;
  /** Why files that were written anew are other files, also with the same content. */
  readonly timesCount?: string;
  /** What the program holds, where it cannot say it. */
  readonly holds?: RegExp;
  /** Whether what counts leaves the program's words as they are. */
  readonly sameWords?: boolean;
  /** Why it cannot be built here. */
  readonly missing?: string;
}

const libclang = ["/usr/lib/llvm-14/lib/libclang.so.1", "/usr/lib/x86_64-linux-gnu/libclang.so"];
const noLibclang = libclang.some((path) => existsSync(path)) ? undefined : "there is no libclang";
const WORDS_QUERY = `.sqlx/query-${sha256("select count from words")}.json`;

const ASKAMA_CHANGES: readonly Change[] = [
  {
    fact: "its template",
    edit: { "templates/hello.txt": "bye {{ name }}" },
    named: /hello\.txt/,
  },
  { fact: "an included template", edit: { "templates/part.txt": "other" }, named: /part\.txt/ },
  {
    fact: "a configuration it looked for in vain",
    edit: { "askama.toml": '[general]\ndirs = ["other"]\n', "other/hello.txt": "configured" },
    named: /askama\.toml/,
  },
];

/** Every family, by name. */
export const FAMILIES: readonly Family[] = [
  {
    name: "askama",
    crate: "askama_family",
    changes: ASKAMA_CHANGES,
    noise: { "templates/unused.txt": "edited" },
  },
  {
    name: "askama-macros",
    crate: "askama_macros_family",
    changes: ASKAMA_CHANGES,
    noise: { "templates/unused.txt": "edited" },
  },
  {
    name: "bevy",
    crate: "bevy_family",
    changes: [
      {
        fact: "the manifest",
        edit: { "Cargo.toml": `${manifestOf("bevy")}\n[package.metadata]\nedited = true\n` },
        named: /Cargo\.toml/,
      },
    ],
    sameWords: true,
  },
  {
    name: "bindgen",
    crate: "bindgen_family",
    changes: [
      {
        fact: "a header",
        edit: { "words.h": "#define WORDS 4\n" },
        named: /OUT_DIR|generated|bindings/i,
      },
    ],
    ...(noLibclang === undefined ? {} : { missing: noLibclang }),
  },
  {
    name: "borsh",
    crate: "borsh_family",
    changes: [
      {
        fact: "the manifest",
        edit: { "Cargo.toml": `${manifestOf("borsh")}\n[package.metadata]\nedited = true\n` },
        named: /Cargo\.toml/,
      },
    ],
    sameWords: true,
    environmentCounts: "it runs cargo, which reads the environment",
  },
  {
    name: "built",
    crate: "built_family",
    changes: [
      {
        fact: "a variable that its build script asked for",
        set: { GITHUB_ACTIONS: "true", CI: "true" },
        named: /OUT_DIR|built\.rs|generated/i,
      },
    ],
  },
  {
    name: "proc-macro-crate",
    crate: "crate_name",
    program: "examples/crate-name",
    changes: [
      {
        fact: "the manifest",
        edit: { "Cargo.toml": `${manifestOf("crate-name")}\n[package.metadata]\nedited = true\n` },
        named: /Cargo\.toml/,
      },
    ],
    sameWords: true,
    environmentCounts: "a macro of one's own that runs programs may read all of it",
    placeCounts: "a macro of one's own may write down where its package lies",
  },
  {
    name: "diesel",
    crate: "diesel_family",
    changes: [
      {
        fact: "a migration",
        edit: { "migrations/2024-01-01-000000_one/up.sql": "create table other (id int);" },
        named: /up\.sql/,
      },
      {
        fact: "a migration more",
        edit: {
          "migrations/2024-02-01-000000_two/up.sql": "create table two (id int);",
          "migrations/2024-02-01-000000_two/down.sql": "drop table two;",
        },
        named: /migrations/,
      },
    ],
    holds: /create table \w+/g,
  },
  {
    name: "dotenv",
    crate: "dotenv_family",
    changes: [
      { fact: "the .env file", edit: { "../.env": "GREETING=bye\n" }, named: /\.env/ },
      { fact: "the variable itself", set: { GREETING: "from outside" }, named: /GREETING/ },
    ],
  },
  {
    name: "include-dir",
    crate: "include_dir_family",
    changes: [
      { fact: "a file", edit: { "assets/a.txt": "two" }, named: /a\.txt/ },
      { fact: "a file more", edit: { "assets/deep/c.txt": "new" }, named: /assets\/deep/ },
      { fact: "a file less", edit: { "assets/a.txt": undefined }, named: /assets/ },
      { fact: "a directory more", edit: { "assets/more/d.txt": "new" }, named: /assets/ },
    ],
  },
  {
    name: "lalrpop",
    crate: "lalrpop_family",
    changes: [
      {
        fact: "the grammar",
        edit: {
          "src/words.lalrpop":
            'grammar;\npub Count: i32 = { "a" => 1, <count:Count> "a" => count + 2 };\n',
        },
        named: /OUT_DIR|generated|words\.rs/i,
      },
    ],
    noise: { "src/notes.txt": "no grammar" },
  },
  {
    name: "minijinja",
    crate: "minijinja_family",
    changes: [
      {
        fact: "a template",
        edit: { "templates/hello.txt": "bye {{ 2 + 3 }}" },
        named: /OUT_DIR|generated|minijinja/i,
      },
    ],
  },
  ...["num-enum", "rstest", "scale", "zvariant"].map(namesCrates),
  {
    name: "pest",
    crate: "pest_family",
    changes: [
      {
        fact: "the grammar",
        edit: { "src/words.pest": "word = { ASCII_DIGIT+ }" },
        named: /words\.pest/,
      },
    ],
    noise: { "src/other.pest": "word = { ANY }" },
  },
  {
    name: "prost",
    crate: "prost_family",
    changes: [
      {
        fact: "the protocol",
        edit: {
          "words.proto": 'syntax = "proto3";\npackage words;\nmessage Word { int32 size = 1; }\n',
        },
        named: /OUT_DIR|generated|words\.rs/i,
      },
    ],
  },
  {
    name: "refinery",
    crate: "refinery_family",
    changes: [
      {
        fact: "a migration",
        edit: { "migrations/V1__one.sql": "create table other (id int);" },
        named: /V1__one\.sql/,
      },
      {
        fact: "a migration more",
        edit: { "migrations/V2__two.sql": "create table two (id int);" },
        named: /migrations/,
      },
    ],
  },
  {
    name: "rust-embed",
    crate: "rust_embed_family",
    changes: [
      { fact: "a file", edit: { "assets/a.txt": "two" }, named: /a\.txt/ },
      { fact: "a file more", edit: { "assets/deep/c.txt": "new" }, named: /assets\/deep/ },
      { fact: "a file less", edit: { "assets/deep/b.txt": undefined }, named: /assets\/deep/ },
      { fact: "a file's time", touch: "assets/a.txt", named: /the times of .*a\.txt/ },
    ],
    timesCount: "it writes down when a file was modified",
  },
  {
    name: "shadow",
    crate: "shadow_family",
    changes: [
      {
        fact: "the time that its build script was told",
        set: { SOURCE_DATE_EPOCH: "1100000000" },
        named: /OUT_DIR|generated|shadow\.rs/i,
      },
    ],
    placeCounts: "its generated code names the package's directory",
  },
  {
    name: "sqlx",
    crate: "sqlx_family",
    changes: [
      {
        fact: "a query's stored description",
        edit: { [WORDS_QUERY]: queryOf("Int8") },
        named: /\.sqlx/,
      },
      { fact: "a variable that it asks for", set: { SQLX_OFFLINE: "true" }, named: /SQLX_OFFLINE/ },
    ],
    noise: { ".sqlx/query-other.json": "{}" },
  },
  {
    name: "uniffi",
    crate: "uniffi_family",
    changes: [
      {
        fact: "the manifest",
        edit: { "Cargo.toml": `${manifestOf("uniffi")}\n[package.metadata]\nedited = true\n` },
        named: /Cargo\.toml/,
      },
    ],
    sameWords: true,
    packageCounts: "its library holds rustix, which makes system calls of its own",
    environmentCounts: "and may read all of it",
    placeCounts: "some of its macros write down where the package lies",
  },
  {
    name: "vergen",
    crate: "vergen_family",
    changes: [
      {
        fact: "the day that its build script was told",
        set: { SOURCE_DATE_EPOCH: "1000000000" },
        named: /VERGEN_BUILD_DATE/,
      },
    ],
  },
  {
    name: "wasm-bindgen",
    crate: "wasm_bindgen_family",
    changes: [
      {
        fact: "a module",
        edit: { "src/part.txt": "export function part() {}" },
        named: /part\.txt/,
      },
      {
        fact: "a package.json that it looked for in vain",
        edit: { "package.json": "{}" },
        named: /package\.json/,
      },
    ],
    sameWords: true,
  },
];

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The stored description of the family's query, with another type of its column. */
function queryOf(type: string): string {
  const stored = readFileSync(join(SOURCE, "sqlx-family", WORDS_QUERY), "utf8");
  return stored.replace("Int4", type);
}

function workspaceManifest(): string {
  return readFileSync(join(SOURCE, "Cargo.toml"), "utf8");
}

/** A family whose macro only finds out by what name its crate goes here (proc-macro-crate). */
function namesCrates(name: string): Family {
  return {
    name,
    crate: `${name.replace("-", "_")}_family`,
    changes: [
      {
        fact: "the manifest",
        edit: { "Cargo.toml": `${manifestOf(name)}\n[package.metadata]\nedited = true\n` },
        named: /Cargo\.toml/,
      },
      {
        fact: "the workspace's manifest",
        edit: { "../Cargo.toml": `${workspaceManifest()}\n[workspace.metadata]\nedited = true\n` },
        named: /Cargo\.toml/,
      },
    ],
    sameWords: true,
    environmentCounts: "it runs cargo, which reads the environment",
  };
}

function manifestOf(family: string): string {
  return readFileSync(join(SOURCE, `${family}-family/Cargo.toml`), "utf8");
}

/** The package of a family. */
export function packageOf(family: Family): string {
  return `${family.name === "proc-macro-crate" ? "crate-name" : family.name}-family`;
}
