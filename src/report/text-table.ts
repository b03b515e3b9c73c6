// Pure: columns of text, each as wide as its widest cell.

/** Lines of a table; columns named in `right` are aligned right. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string[] {
  const shown = [head, ...rows].map((row) => row.map(plain));
  const widths = head.map((_, column) =>
    Math.max(...shown.map((row) => (row[column] ?? "").length)),
  );
  return shown.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.has(head[column] ?? "") ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Text from a log or a file name with everything taken out that would steer a terminal. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
