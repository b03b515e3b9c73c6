// Whether a compiled crate's bytes mention a name: a macro it exports could expand to env!("NAME") in a
// unit whose own text never says so. Remembered by digest: mentions/<name>/<digest>.
import { bufferOf } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readText } from "../base/file.ts";
import { withMapped } from "../base/map-file.ts";

const YES = "mentions\n";
const NO = "silent\n";

/** True also when the file cannot be read. */
export function artifactMentions(
  cacheDir: string,
  name: string,
  path: string,
  digest: Digest,
): boolean {
  const record = `${cacheDir}/mentions/${encodeURIComponent(name)}/${digest}`;
  const known = readText(record);
  if (known === YES || known === NO) return known === YES;
  const found = withMapped(path, (bytes) => bufferOf(bytes).includes(name, 0, "latin1")) ?? true;
  writeFileAtomic(record, found ? YES : NO);
  return found;
}
