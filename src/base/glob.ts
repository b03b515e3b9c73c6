// Globs over paths as configurations write them.

/**
 * A glob in which `*` and `?` cross directories, as in configurations of the Rust kache: Bun.Glob's stop at "/".
 * Undefined for one that means nothing, as `[z-a]` does.
 */
export function globMatcher(glob: string): RegExp | undefined {
  const body = glob.replace(/\[!?[^\]]+\]|\*+\/?|\?|[.+^${}()|\\[\]]/g, (part) => {
    if (part === "?") return ".";
    if (part.startsWith("*"))
      return part.endsWith("/") && part.length > 2 ? "(?:.*/)?" : part.endsWith("/") ? ".*/" : ".*";
    if (part.startsWith("[") && part.length > 1) return part.replace(/^\[!/, "[^");
    return `\\${part}`;
  });
  try {
    return new RegExp(`^${body}$`, "su");
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}
