// Bytes that are not UTF-8 come to us as U+FFFD, and many of them as the same text.

/** Whether the runtime could not decode a text, which then may stand for another one as well. */
export function isDamaged(text: string | undefined): boolean {
  return text?.includes("\uFFFD") === true;
}
