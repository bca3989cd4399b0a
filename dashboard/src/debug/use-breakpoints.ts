/** The two homes of breakpoints: a run, and a workflow with which they are kept. */

import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import {
  addBreakpoint,
  keepBreakpoints,
  keptQuery,
  putBreakpoint,
  removeBreakpoint,
} from "../wire/debugging";
import { useProject } from "../router";
import type { RunStore } from "../run/store";
import type { Breakpoint, BreakpointBody, Run } from "../client/types";
import type { BreakpointActions, Breakpoints } from "./breakpoints-context";

/** Those of a run. Their changes come back as events, so nothing is changed here. */
export function useRunBreakpoints(store: RunStore, run: Run, canChange: boolean): Breakpoints {
  const list = useSyncExternalStore(
    store.subscribe,
    () => store.snapshot().view.debug.breakpoints,
  );
  return useMemo(
    () => ({ list, actions: canChange ? ofRun(run.id) : null, keeper: run.workflow_id }),
    [list, canChange, run.id, run.workflow_id],
  );
}

function ofRun(runId: string): BreakpointActions {
  return {
    add: (wish) => addBreakpoint(runId, wish),
    put: (breakpoint) => putBreakpoint(runId, breakpoint),
    remove: (id) => removeBreakpoint(runId, id),
  };
}

const NONE: readonly Breakpoint[] = [];

/** Those that are kept with a workflow. */
export function useKeptBreakpoints(workflowId: string): Breakpoints {
  const queries = useQueryClient();
  const project = useProject();
  const { data } = useQuery(keptQuery(project, workflowId));
  return useMemo(
    () => ({ list: data ?? NONE, actions: keptActions(queries, project, workflowId), keeper: null }),
    [data, queries, project, workflowId],
  );
}

/** Each change writes the whole list, as it was read or written last. */
export function keptActions(
  queries: QueryClient,
  project: string,
  workflowId: string,
): BreakpointActions {
  const { queryKey } = keptQuery(project, workflowId);
  const write = async (change: (list: readonly Breakpoint[]) => readonly BreakpointBody[]) => {
    const before = await queries.query({ ...keptQuery(project, workflowId), staleTime: "static" });
    queries.setQueryData(queryKey, await keepBreakpoints(project, workflowId, change(before)));
  };
  return {
    add: (wish) => write((list) => [...list, wish]),
    put: (wish) => write((list) => list.map((b) => (b.id === wish.id ? wish : b))),
    remove: (id) => write((list) => list.filter((b) => b.id !== id)),
  };
}
