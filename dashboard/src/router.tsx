/** Addresses without a library: a page is a path, what is selected on it is in the query. */

import { useSyncExternalStore, type ComponentProps, type MouseEvent } from "react";

export interface Location {
  readonly path: string;
  readonly query: URLSearchParams;
}

let current = read();
const listeners = new Set<() => void>();

window.addEventListener("popstate", changed);

export function useLocation(): Location {
  return useSyncExternalStore(subscribe, () => current);
}

export function navigate(to: string): void {
  window.history.pushState(null, "", to);
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

export interface LinkProps extends ComponentProps<"a"> {
  readonly to: string;
}

export function Link({ to, ...props }: LinkProps) {
  return (
    <a
      {...props}
      href={to}
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

function changed(): void {
  current = read();
  for (const listener of listeners) listener();
}

function read(): Location {
  const path = window.location.pathname.replace(/\/+$/, "") || "/";
  return { path, query: new URLSearchParams(window.location.search) };
}
