// The two libraries whose single hit is timed: one as small as a library gets, and one whose source
// is nothing but derives, so that its rlib is tens of megabytes. Generated, so that nothing but
// serde is fetched, and always the same.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A generated library. */
export interface UnitCrate {
  readonly name: "tiny" | "derives";
  /** Structs and enums it defines. */
  readonly items: number;
  /** Whether it derives serde's traits, which needs crates.io. */
  readonly serde: boolean;
}

/** What the full benchmark builds. */
export const UNIT_CRATES: readonly UnitCrate[] = [
  { name: "tiny", items: 0, serde: false },
  { name: "derives", items: 1000, serde: true },
];

/** What the smoke run builds: no network, a second of rustc. */
export const SMOKE_UNIT_CRATES: readonly UnitCrate[] = [
  { name: "tiny", items: 0, serde: false },
  { name: "derives", items: 40, serde: false },
];

// Exact versions, so that a table of last month can be compared.
const SERDE = 'serde = { version = "=1.0.228", features = ["derive"] }\n';

/** Writes the package to a directory. */
export async function writeUnitCrate(crate: UnitCrate, directory: string): Promise<void> {
  await mkdir(join(directory, "src"), { recursive: true });
  await writeFile(
    join(directory, "Cargo.toml"),
    `[package]\nname = "${crate.name}"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n\n` +
      `[dependencies]\n${crate.serde ? SERDE : ""}`,
  );
  await writeFile(join(directory, "src", "lib.rs"), source(crate));
}

function source(crate: UnitCrate): string {
  if (crate.items === 0) return "pub fn answer() -> u32 {\n    42\n}\n";
  const derives = ["Debug", "Clone", "PartialEq", "PartialOrd", "Default"];
  if (crate.serde) derives.push("serde::Serialize", "serde::Deserialize");
  const items = Array.from({ length: crate.items }, (_, at) => {
    const fields = ["u64", "String", "Vec<u32>", "Option<String>", "(i16, f64)"].map(
      (type, field) => `    pub field_${field}: ${type},`,
    );
    const link = at === 0 ? [] : [`    pub previous: Option<Box<Item${at - 1}>>,`];
    const lines = [`#[derive(${derives.join(", ")})]`, `pub struct Item${at} {`];
    return [...lines, ...fields, ...(at % 7 === 0 ? link : []), "}"].join("\n");
  });
  return `${items.join("\n\n")}\n`;
}
