// Files that this process linked into the store. A link moves a file's time of change though nothing of it changed: a
// compile that reads it meanwhile would take it for another.
import { sameFile, sameStat, type Stat } from "../base/file.ts";
import { fileId } from "../base/file-id.ts";

interface OwnLink {
  readonly before: Stat;
  readonly after: Stat;
}

/** A build's worth; what is forgotten costs a result that is not kept. */
const LINKS_MAX = 4096;

const links = new Map<string, OwnLink>();

/** Remembers one: the file's stat just before it was linked, and when it had its name in the store. */
export function rememberOwnLink(before: Stat, after: Stat): void {
  if (!sameFile(before, after) || after.nlink !== before.nlink + 1) return;
  const id = fileId(after);
  links.delete(id);
  links.set(id, { before, after });
  const [oldest] = links.keys();
  if (links.size > LINKS_MAX && oldest !== undefined) links.delete(oldest);
}

/** The file's stat without our own link: the one before it, when nothing happened to the file since. */
export function beforeOwnLink(stat: Stat): Stat {
  const own = links.size === 0 ? undefined : links.get(fileId(stat));
  return own !== undefined && sameStat(own.after, stat) ? own.before : stat;
}
