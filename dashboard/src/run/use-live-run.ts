/** Keeps a run's store fed from the socket for as long as a page shows the run. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { connect } from "../client/connection";
import { useProject } from "../router";
import type { Run, WireEvent } from "../client/types";
import { createRunStore, type RunStore } from "./store";
import { fromRecord } from "./view";

export function useLiveRun(run: Run): RunStore {
  const [store] = useState(() => createRunStore(fromRecord(run)));
  const queries = useQueryClient();
  const runId = run.id;
  useEffect(
    () =>
      connect(
        { runId },
        {
          onEvents: store.receive,
          onState: store.setConnection,
          onMissed(from) {
            if (from === null) return; // that is about the runs of a project
            store.forget(from);
            void queries.invalidateQueries();
          },
        },
      ),
    [runId, store, queries],
  );
  return store;
}

const LIST_REFRESH_MS = 400;

/** Asks for the lists of runs again whenever some run of the project begins or ends. */
export function useLiveRunLists(): void {
  useRefreshing("runs", isOfRun);
}

/** Asks for tasks again whenever one may have come or gone. */
export function useLiveTasks(): void {
  useRefreshing("task", isOfTask);
}

function isOfRun({ type }: WireEvent): boolean {
  return type.startsWith("workflow.run.");
}

/** A visit that fails or is cancelled takes its task with it, and so does the end of a run. */
function isOfTask(event: WireEvent): boolean {
  if (event.type === "workflow.node.failed" || event.type === "workflow.node.cancelled") return true;
  return event.type.startsWith("workflow.task.") || isOfRun(event);
}

/** Asks the queries whose key begins so again, when there is news for them. */
function useRefreshing(name: string, isNews: (event: WireEvent) => boolean): void {
  const project = useProject();
  const queries = useQueryClient();
  useEffect(() => {
    let refresh: ReturnType<typeof setTimeout> | undefined;
    const refreshSoon = () => {
      refresh ??= setTimeout(() => {
        refresh = undefined;
        void queries.invalidateQueries({
          predicate: ({ queryKey: [first] }) => String(first).startsWith(name),
        });
      }, LIST_REFRESH_MS);
    };
    const close = connect(
      { projectId: project },
      {
        onEvents(events) {
          if (events.some(isNews)) refreshSoon();
        },
        onState(state) {
          // What happened while the line was down is not sent again.
          if (state.name === "reconnecting") refreshSoon();
        },
        onMissed: refreshSoon,
      },
    );
    return () => {
      clearTimeout(refresh);
      close();
    };
  }, [queries, project, name, isNews]);
}
