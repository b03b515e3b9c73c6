// Macro crates of crates.io whose source was read: what they ask for only to find files, whose names and
// contents are observed. For anybody else the value itself may end up in the output, and counts. Where it
// does for these (rust-embed without debug-embed), the search of the outputs for paths binds the entry.

/** Stands beside variables' names for the name of the working directory. */
export const WORKING_DIRECTORY = "the working directory";

/** Packages as the registry's directories name them, and what they use as a mere location. */
const LOCATORS: readonly (readonly [packages: RegExp, asks: readonly string[]])[] = [
  [/^askama_derive-0\.1[2-4]\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^include_dir_macros-0\.7\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^dotenvy_macro-0\.15\.\d+$/, [WORKING_DIRECTORY]],
  [/^migrations_macros-2\.3\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^pest_derive-2\.\d+\.\d+$/, ["CARGO_MANIFEST_DIR", WORKING_DIRECTORY]],
  [/^refinery-macros-0\.8\.\d+$/, ["CARGO_MANIFEST_DIR"]],
  [/^rust-embed-impl-8\.\d+\.\d+$/, ["CARGO_MANIFEST_DIR"]],
];

/** Whether a package of crates.io asks for this variable only to find files. */
export function locatesOnly(packageName: string, asked: string): boolean {
  return LOCATORS.some(([packages, asks]) => packages.test(packageName) && asks.includes(asked));
}
