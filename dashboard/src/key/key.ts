/** The API key that somebody gave to this page: kept for as long as the tab is open. */

const KEY = "workflow-key";
const PROJECT = "workflow-project";

const listeners = new Set<() => void>();
let wanted = false;

export function storedKey(): string | null {
  return sessionStorage.getItem(KEY);
}

/** The project of the key; without one that of everybody. */
export function storedProject(): string {
  return sessionStorage.getItem(PROJECT) ?? "default";
}

export function keep(key: string, project: string): void {
  sessionStorage.setItem(KEY, key);
  sessionStorage.setItem(PROJECT, project);
}

/** What belongs to every request. */
export function keyHeaders(key = storedKey()): Readonly<Record<string, string>> {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/** The server has refused for want of a valid key. */
export function wantKey(): void {
  wanted = true;
  for (const listener of listeners) listener();
}

export function isKeyWanted(): boolean {
  return wanted;
}

export function onKeyWanted(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The project that a key opens first, null where the key opens nothing. */
export async function projectOf(key: string): Promise<string | null> {
  const answer = await fetch("/api/v1/projects", { headers: keyHeaders(key) });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(`the server answered with ${answer.status.toString()}`);
  const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string }[] };
  const ids = items.map(({ id }) => id);
  return ids.includes("default") ? "default" : (ids[0] ?? null);
}
