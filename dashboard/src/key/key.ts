/** The API key and the project that somebody gave to this page: kept while the tab is open. */

import { FIRST_PROJECT } from "../project/addresses";

const KEY = "workflow-key";
const PROJECT = "workflow-project";

const listeners = new Set<() => void>();
let wanted = false;

export function storedKey(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(KEY, key);
}

/** The project that the tab showed last. */
export function storedProject(): string {
  return sessionStorage.getItem(PROJECT) ?? FIRST_PROJECT;
}

export function keepProject(project: string): void {
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

/** The project that a key opens first: the wanted one, if it can; null where it opens nothing. */
export async function projectOf(key: string, wanted: string): Promise<string | null> {
  const answer = await fetch("/api/v1/projects?limit=200", { headers: keyHeaders(key) });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(`the server answered with ${answer.status.toString()}`);
  const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string }[] };
  const ids = items.map(({ id }) => id);
  return [wanted, FIRST_PROJECT].find((id) => ids.includes(id)) ?? ids[0] ?? null;
}
