/** One clock for all that counts on the page, running only while something counts. */

import { useSyncExternalStore } from "react";

const TICK_MS = 250;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

const NEVER = () => () => undefined;

/** The time now in steps of `grainMs` while `isRunning`, else the time of the last tick. */
export function useNow(isRunning: boolean, grainMs = TICK_MS): number {
  return useSyncExternalStore(
    isRunning ? subscribe : NEVER,
    () => Math.floor(now / grainMs) * grainMs,
  );
}
