/** Holds one run for the page: its log, the view that follows from it, and how the line stands. */

import { createContext, use, useSyncExternalStore } from "react";
import type { ConnectionState } from "../client/connection";
import type { LogEvent, WireEvent } from "../client/types";
import { applyEvents } from "./apply-event";
import { emptyRun, type RunView } from "./view";

export interface RunSnapshot {
  readonly view: RunView;
  readonly log: readonly LogEvent[];
  readonly connection: ConnectionState;
}

export interface RunStore {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => RunSnapshot;
  readonly receive: (events: readonly WireEvent[]) => void;
  /** What came after this entry has not happened: the database was put back. */
  readonly forget: (after: number) => void;
  readonly setConnection: (connection: ConnectionState) => void;
}

export function createRunStore(first: RunView): RunStore {
  let current: RunSnapshot = {
    view: first,
    log: [],
    connection: { name: "connecting" },
  };
  const listeners = new Set<() => void>();

  function set(next: RunSnapshot): void {
    current = next;
    for (const listener of listeners) listener();
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => current,
    receive(events) {
      const news = events.filter((event) => "seq" in event && event.seq > current.view.seq);
      set({
        ...current,
        view: applyEvents(current.view, events),
        log: news.length === 0 ? current.log : [...current.log, ...(news as LogEvent[])],
      });
    },
    forget(after) {
      const log = current.log.filter((event) => event.seq <= after);
      set({ ...current, view: applyEvents(emptyRun(first.runId), log), log });
    },
    setConnection(connection) {
      set({ ...current, connection });
    },
  };
}

/** The run that the drawing below shows; null where only the workflow is shown. */
export const RunContext = createContext<RunStore | null>(null);

const NEVER = () => () => undefined;

/** A part of the run's view. `select` must give the same value as long as that part is the same. */
export function useRunPart<Part>(select: (view: RunView) => Part, otherwise: Part): Part {
  const store = use(RunContext);
  return useSyncExternalStore(store?.subscribe ?? NEVER, () =>
    store === null ? otherwise : select(store.snapshot().view),
  );
}

/** The version that the run goes on with, which may change while it waits. */
export function useRunVersion(store: RunStore, otherwise: number): number {
  return useSyncExternalStore(store.subscribe, () => store.snapshot().view.version) ?? otherwise;
}

export function useRunSnapshot(store: RunStore): RunSnapshot {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}
