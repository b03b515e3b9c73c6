// Arguments of any compiler less some of their flags.

/** Without these flags and the argument behind each, and without arguments of this form, their attached spellings. */
export function withoutFlags(
  args: readonly string[],
  flags: ReadonlySet<string>,
  attached: RegExp,
): string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (flags.has(arg)) at += 1;
    else if (!attached.test(arg)) kept.push(arg);
  }
  return kept;
}
