// Files that a link's arguments name for the linker to read (objects, archives, scripts): build scripts name them by
// their full paths, which differ in every checkout. What they hold counts by what was read.

/** Options whose value is such a file, with the path in the same word. */
const READERS =
  /^(?:-T|--?(?:script|version-script|dynamic-list|export-dynamic-symbol-list|retain-symbols-file|symbol-ordering-file)=)?(?=\/)/;
/** Without an option before it a path may be another's value, such as an rpath, or a library's own name. */
const READ = /\.(?:o|obj|a|ld|lds|x|map|ver|sym|symbols|exp|list|txt)$/;

/**
 * The argument with such paths as `map` names them. All else stays as it is: what a linker writes down (rpaths,
 * sonames, libraries) is part of the output.
 */
export function mapLinkPaths(argument: string, map: (path: string) => string): string {
  // Names of roots begin so: what is written that way itself must not look like one.
  const own = argument.includes("<") ? `./${argument}` : argument;
  return own.replace(/[^,\s]+/g, (word) => {
    const option = READERS.exec(word)?.[0];
    if (option === undefined || (option === "" && !READ.test(word))) return word;
    return option + map(word.slice(option.length));
  });
}
