/** How long to wait before asking again. */

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Doubles with every attempt up to a limit; `random` (0 to 1) spreads the crowd over half of it. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
