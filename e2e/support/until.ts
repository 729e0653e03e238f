// Waiting for something that has no event: asked again until a deadline, never a fixed sleep.

const PAUSE_MS = 50;

/** Asks until the answer is neither false, null nor undefined, and gives it back. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const because = last ? `; last error: ${String(last)}` : '';
      throw new Error(`not within ${withinMs} ms: ${what}${because}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
