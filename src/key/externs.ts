// Extern crates in the key: name, modifiers and the artifact's bytes.
import { listNames } from "../base/directory.ts";
import { baseName, joinPath } from "../base/path.ts";
import type { Extern, RustcCompile } from "../compiler/rustc/rustc-compile.ts";
import type { FieldsOrFault, RustcKeyPlace } from "./derived-key.ts";
import type { KeyField } from "./key-hasher.ts";

/** Crates that come with the toolchain and are covered by its identity. */
const SYSROOT_CRATES = new Set(["alloc", "core", "proc_macro", "std", "test"]);

/** One field per extern; an artifact that cannot be read leaves no key. */
export function externFields(compile: RustcCompile, place: RustcKeyPlace): FieldsOrFault {
  const fields: KeyField[] = [];
  for (const extern of compile.externs) {
    const label = `extern ${extern.options}:${extern.name}`;
    if (extern.path === undefined) {
      const found = searched(extern, compile, place);
      fields.push({ label, value: found });
      continue;
    }
    const found = place.digests.of(joinPath(place.cwd, extern.path));
    if (typeof found === "string") return { fault: `extern ${extern.path} is ${found}` };
    // The file's name decides whether rustc takes it as library or metadata.
    const name = baseName(extern.path);
    fields.push({ label, value: `${name} ${found.digest}` });
  }
  return fields;
}

/** An extern without a path is looked for in every `-L`: all candidates count. */
function searched(extern: Extern, compile: RustcCompile, place: RustcKeyPlace): string {
  if (SYSROOT_CRATES.has(extern.name)) return "sysroot";
  const candidates: string[] = [];
  for (const { path } of compile.searchPaths) {
    const dir = joinPath(place.cwd, path);
    const names = listNames(dir);
    if (typeof names === "string") continue;
    for (const name of names.filter((name) => isCandidate(name, extern.name))) {
      const found = place.digests.of(`${dir}/${name}`);
      candidates.push(`${name} ${typeof found === "string" ? found : found.digest}`);
    }
  }
  return candidates.length === 0 ? "sysroot" : candidates.join("\n");
}

function isCandidate(file: string, crate: string): boolean {
  return file.startsWith(`lib${crate}`) && /^[.-]/.test(file.slice(`lib${crate}`.length));
}
