// Macro crates of crates.io whose source was read, of the first and the last version of each range: what they
// ask for only to find files, whose names and contents are observed. For anybody else the value itself may end
// up in the output, and counts. Where it does for these (rust-embed without debug-embed), the search of the
// outputs for paths binds the entry.

/** Stands beside variables' names for the name of the working directory. */
export const WORKING_DIRECTORY = "the working directory";
/** For a run of `cargo locate-project` or `metadata`, whose answer is used only to find the workspace. */
export const LOCATING_CARGO = "cargo locate-project";

/** What proc-macro-crate (from 1) asks; its answer is a crate's name, by its interface. */
const CRATE_NAMES = ["CARGO_MANIFEST_DIR", "CARGO", "CARGO_TARGET_TMPDIR", LOCATING_CARGO];

/** `told`: the name of a file whose full path they write down where they find it. */
type Locator = readonly [packages: RegExp, asks: readonly string[], told?: string];

/** Packages as the registry's directories name them, and what they use as a mere location. */
const LOCATORS: readonly Locator[] = [
  [/^askama_macros-0\.16\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^include_dir_macros-0\.7\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^(?:automod-1\.0|doctest-file-1\.[01])\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^dotenvy_macro-0\.15\.\d+$/, [WORKING_DIRECTORY]],
  [/^migrations_macros-2\.3\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^num_enum_derive-0\.7\.\d+$/, CRATE_NAMES],
  [/^borsh-derive-1\.\d+\.\d+$/, CRATE_NAMES],
  [/^(?:zvariant_derive|zbus_macros|poem-openapi-derive)-5\.\d+\.\d+$/, CRATE_NAMES],
  [/^parity-scale-codec-derive-3\.\d+\.\d+$/, CRATE_NAMES],
  [/^async-graphql-derive-7\.\d+\.\d+$/, CRATE_NAMES],
  // Of Bevy's, those that look in the manifest for the name of a crate.
  [
    /^bevy_(?:(?:asset|ecs|extract|gizmos|render|state)_macros|(?:encase_|reflect_)?derive)-0\.(?:1[4-9]|20)\.\d+$/,
    ["CARGO_MANIFEST_DIR"],
  ],
  [/^graphql_query_derive-0\.14\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^glib-macros-0\.(?:1[89]|2[01])\.\d+$/, CRATE_NAMES],
  [/^pest_derive-2\.\d+\.\d+$/, ["CARGO_MANIFEST_DIR", WORKING_DIRECTORY]],
  [/^refinery-macros-0\.8\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^wasm-bindgen-macro-0\.2\.1(?:0[5-9]|[12]\d|30)$/, ["CARGO_MANIFEST_DIR"], "package.json"],
  [/^sqlx-macros-0\.8\.\d+$/, ["CARGO_MANIFEST_DIR", "CARGO", WORKING_DIRECTORY, LOCATING_CARGO]],
  [/^rust-embed-impl-8\.\d+\.\d+$/, ["CARGO_MANIFEST_DIR"]],
];

/**
 * Those that have rustc parse a text with full paths (askama until 0.14, rstest's `#[files]`). rustc hashes such texts into the
 * crate's identity, and their length moves the positions that bitcode holds of inline assembly, from which local
 * ThinLTO makes symbol names: each checkout has bytes of its own, unless the output has room for neither.
 */
const LOCATORS_THAT_TELL_IN_TEXTS: readonly Locator[] = [
  [/^askama_derive-0\.1[2-4]\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^rstest_macros-0\.(?:1[89]|2[0-6])\.\d+$/, CRATE_NAMES],
];

/**
 * Whether a package of crates.io asks for this only to find files. `textsShow`: whether texts that a macro
 * lets rustc parse can make a difference to the output. `isFound`: whether a file of this name was found.
 */
export function locatesOnly(
  packageName: string,
  asked: string,
  { textsShow, isFound }: { textsShow: boolean; isFound: (name: string) => boolean },
): boolean {
  const locators = textsShow ? LOCATORS : [...LOCATORS, ...LOCATORS_THAT_TELL_IN_TEXTS];
  return locators.some(([packages, asks, told]) => {
    const locates = packages.test(packageName) && asks.includes(asked);
    return locates && (told === undefined || !isFound(told));
  });
}

/**
 * Those whose source, and that of all they use, never asks where a text lies (`Span::local_file`, `SourceFile`), writes
 * no file and starts no program: it shows in the symbols of others, and in none of a library that was stripped
 * (`strip = true` in a profile).
 */
const PLAIN =
  /^(?:async-trait-0\.1|clap_derive-[34]\.\d+|color-print-proc-macro-0\.3|derive_builder_macro-0\.20|derive_more-impl-2\.\d+|displaydoc-0\.2|futures-macro-0\.3|jiff-static-(?:0\.2|1\.\d+)|num-derive-0\.4|ouroboros_macro-0\.18|phf_macros-0\.1[13]|pin-project-internal-1\.\d+|prost-derive-0\.1[34]|serde_derive-1\.0|strum_macros-0\.2[78]|thiserror-impl-[12]\.0|time-macros-0\.2|tokio-macros-2\.\d+|tracing-attributes-0\.1|wasm-bindgen-macro-0\.2|yoke-derive-0\.8|zerocopy-derive-0\.[78]|zerofrom-derive-0\.1|zerovec-derive-0\.11)\.\d+$/;

/** Whether a package of crates.io is known to ask for no source's place and to leave no files. */
export function isPlain(packageName: string): boolean {
  return PLAIN.test(packageName);
}
