/** Times and spans in words. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span as short as it stays useful: `340 ms`, `4.2 s`, `3 min 05 s`, `2 h 14 min`. */
export function spanWords(ms: number): string {
  const span = Math.max(0, ms);
  if (span < SECOND) return `${Math.round(span)} ms`;
  if (span < MINUTE) return `${(Math.floor(span / 100) / 10).toFixed(1)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min ${two((span % MINUTE) / SECOND)} s`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h ${two((span % HOUR) / MINUTE)} min`;
  return `${Math.floor(span / DAY)} d ${two((span % DAY) / HOUR)} h`;
}

/** How long ago a moment was, to the unit that matters. */
export function agoWords(at: string, now: number): string {
  const span = now - Date.parse(at);
  if (span < 5 * SECOND) return "just now";
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s ago`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min ago`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h ago`;
  if (span < 30 * DAY) return `${Math.floor(span / DAY)} d ago`;
  return new Date(at).toLocaleDateString();
}

/** The time of day with milliseconds, as a log wants it. */
export function clockWords(at: string): string {
  const date = new Date(at);
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** Until when something waits, to stand behind "waits"; nothing where it has no end. */
export function untilWords(at: string | null): string {
  return at === null ? "" : ` until ${momentWords(at)}`;
}

/** A moment as this reader writes it. */
export function momentWords(at: string): string {
  return new Date(at).toLocaleString();
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
