/** Addresses without a library: a page is a path, what is selected on it is in the query. */

import { useSyncExternalStore, type ComponentProps, type MouseEvent } from "react";
import { keepProject, storedProject } from "./key/key";
import { inProject, nameProject, namesProject, projectIn } from "./project/addresses";

export interface Location {
  readonly path: string;
  readonly query: URLSearchParams;
  /** The project that the page shows; it goes along from page to page. */
  readonly project: string;
}

let current = entered();
const listeners = new Set<() => void>();

window.addEventListener("popstate", changed);

export function useLocation(): Location {
  return useSyncExternalStore(subscribe, () => current);
}

export function useProject(): string {
  return useSyncExternalStore(subscribe, () => current.project);
}

/** Goes to a page, of the same project unless another one is named. */
export function navigate(to: string, project = current.project): void {
  window.history.pushState(null, "", inProject(to, project));
  window.scrollTo(0, 0);
  changed();
}

/** Changes one word of the query in place: going back leaves the page, not the selection. */
export function setQuery(name: string, value: string | null): void {
  const address = new URL(window.location.href);
  if (value === null) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  window.history.replaceState(null, "", address);
  changed();
}

/** Changes words of the query as a step of its own: going back takes the change back. */
export function stepQuery(words: Readonly<Record<string, string | null>>): void {
  const address = new URL(window.location.href);
  for (const [name, value] of Object.entries(words)) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (address.href === window.location.href) return;
  window.history.pushState(null, "", address);
  changed();
}

/** Shows the same page in this project: what the address should have said. */
export function setProject(project: string): void {
  const address = new URL(window.location.href);
  nameProject(address.searchParams, project);
  window.history.replaceState(null, "", address);
  changed();
}

export interface LinkProps extends ComponentProps<"a"> {
  readonly to: string;
}

export function Link({ to, ...props }: LinkProps) {
  const project = useProject();
  return (
    <a
      {...props}
      href={inProject(to, project)}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        navigate(to);
      }}
    />
  );
}

export function runPath(runId: string, nodeId?: string): string {
  const node = nodeId === undefined ? "" : `?node=${encodeURIComponent(nodeId)}`;
  return `/runs/${encodeURIComponent(runId)}${node}`;
}

export function diffPath(a: string, b: string): string {
  return `${runPath(a)}/diff/${encodeURIComponent(b)}`;
}

export function taskPath(taskId: string): string {
  return `/tasks/${encodeURIComponent(taskId)}`;
}

export function workflowPath(workflowId: string): string {
  return `/workflows/${encodeURIComponent(workflowId)}`;
}

function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A tab begins where it was: an address that names no project means the tab's. */
function entered(): Location {
  const address = new URL(window.location.href);
  if (!namesProject(address.searchParams)) {
    nameProject(address.searchParams, storedProject());
    window.history.replaceState(null, "", address);
  }
  return read();
}

function changed(): void {
  current = read();
  for (const listener of listeners) listener();
}

function read(): Location {
  const path = window.location.pathname.replace(/\/+$/, "") || "/";
  const query = new URLSearchParams(window.location.search);
  const project = projectIn(query);
  keepProject(project);
  return { path, query, project };
}
