// Lexical path work: join, normalise, containment by whole components. Touches no disk.

/** An absolute path made from a base directory and a path that may be relative; not normalised. */
export function joinPath(base: string, path: string): string {
  if (path.startsWith("/")) return path;
  return base === "/" ? `/${path}` : `${base}/${path}`;
}

/** The path without ".", empty and ".." components; ".." above the root is dropped. */
export function normalizePath(path: string): string {
  if (!path.includes("/.") && !path.includes("//") && !path.endsWith("/")) return path;
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  return `/${kept.join("/")}`;
}

/** Whether `path` is `dir` or lies below it, by whole components. */
export function isWithin(path: string, dir: string): boolean {
  if (!path.startsWith(dir)) return false;
  return path.length === dir.length || dir === "/" || path.charCodeAt(dir.length) === SLASH;
}

const SLASH = 0x2f;

/** The directory part of a path: "." for a bare name. */
export function dirName(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "." : at === 0 ? "/" : path.slice(0, at);
}

/** The last component of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The directory itself and each of its parents, nearest first, "/" last. */
export function ancestorsOf(dir: string): string[] {
  const all: string[] = [];
  for (let at = dir; ; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    all.push(at);
    if (at === "/" || !at.startsWith("/")) return all;
  }
}

/** An empty or a "." component, in the middle or at the end; "..", which gcc's paths are full of, is none. */
const NEEDS_TIDYING = /\/(?:\.?\/|\.?$)/;

/** Drops empty and "." components, which never change the meaning; ".." and symlinks can. */
export function tidyPath(path: string): string {
  if (!NEEDS_TIDYING.test(path)) return path;
  return (
    "/" +
    path
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/")
  );
}
