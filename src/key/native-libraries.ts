// Static libraries that rustc bundles: found where rustc would look, by their bytes.
import { isFile } from "../base/file.ts";
import { joinPath } from "../base/path.ts";
import type { RustcCompile } from "../compiler/rustc/rustc-compile.ts";
import type { FieldsOrFault, RustcKeyPlace } from "./derived-key.ts";
import type { KeyField } from "./key-hasher.ts";

const NATIVE_KINDS = new Set(["native", "all"]);

/** The directories rustc searches for native libraries, in its order. */
function nativeDirs(compile: RustcCompile, cwd: string): string[] {
  return compile.searchPaths
    .filter(({ kind }) => NATIVE_KINDS.has(kind))
    .map(({ path }) => joinPath(cwd, path));
}

/** One field per `-l static…`: the first match's bytes, or that nothing was found. */
export function staticLibraryFields(compile: RustcCompile, place: RustcKeyPlace): FieldsOrFault {
  const fields: KeyField[] = [];
  for (const spec of compile.staticLibraries) {
    // [KIND[:MODIFIERS]=]NAME[:RENAME]
    const name = spec.slice(spec.indexOf("=") + 1).split(":", 1)[0] ?? "";
    const candidates = nativeDirs(compile, place.cwd).flatMap((dir) => [
      `${dir}/lib${name}.a`,
      `${dir}/${name}`,
      `${dir}/${name}.lib`,
    ]);
    const found = candidates.filter(isFile).map((path) => place.digests.of(path));
    fields.push({
      label: `static library ${spec}`,
      value: found.map((one) => (typeof one === "string" ? one : one.digest)).join(" "),
    });
  }
  return fields;
}
