// Waiting for what another process does.

/** Resolves when the condition holds; throws when it does not within about ten seconds. */
export async function waitFor(condition: () => boolean): Promise<void> {
  const POLLS_MAX = 1000;
  for (let poll = 0; poll < POLLS_MAX; poll += 1) {
    if (condition()) return;
    await Bun.sleep(10);
  }
  throw new Error("waited in vain");
}
