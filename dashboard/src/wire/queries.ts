/** Every question that the pages ask the server, by name. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get, post } from "../client/http";
import { projectPath } from "./projects";
import { retryUnlessRefused } from "./retrying";
import type {
  DebugWish,
  Graph,
  Json,
  Page,
  Place,
  Run,
  RunStatus,
  Task,
  TaskStatus,
  Workflow,
  WorkflowSummary,
} from "../client/types";

const HOUR_MS = 3_600_000;

/** How far back one looks for runs, in milliseconds. */
export const SINCE = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
} as const;

export type Since = keyof typeof SINCE;

export interface RunFilter {
  readonly text?: string;
  readonly status?: RunStatus;
  readonly workflowId?: string;
  readonly since?: Since;
  readonly limit: number;
}

export interface TaskFilter {
  readonly status?: TaskStatus;
  readonly assignee?: string;
}

export function workflowsQuery(project: string, search = "") {
  return infiniteQueryOptions({
    queryKey: ["workflows", project, search],
    queryFn: ({ pageParam }) =>
      get<Page<WorkflowSummary>>(
        `${projectPath(project)}/workflows${asQuery({ q: search, cursor: pageParam, limit: "50" })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: ofProject(project),
    retry: retryUnlessRefused,
  });
}

/** As many workflows as one can choose from. */
export function workflowChoicesQuery(project: string) {
  return queryOptions({
    queryKey: ["workflow-choices", project],
    queryFn: () => get<Page<WorkflowSummary>>(`${projectPath(project)}/workflows?limit=200`),
    retry: retryUnlessRefused,
  });
}

export function workflowQuery(project: string, id: string) {
  return queryOptions({
    queryKey: ["workflow", project, id],
    queryFn: () => get<Workflow>(`${projectPath(project)}/workflows/${encodeURIComponent(id)}`),
    retry: retryUnlessRefused,
  });
}

export function graphQuery(project: string, id: string, version: number) {
  return queryOptions({
    queryKey: ["graph", project, id, version],
    queryFn: () =>
      get<Graph>(
        `${projectPath(project)}/workflows/${encodeURIComponent(id)}/graph?format=json&version=${version}`,
      ),
    // A version never changes, so neither does its graph.
    staleTime: Infinity,
    retry: retryUnlessRefused,
  });
}

export function runsQuery(project: string, filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: ["runs", project, filter],
    queryFn: ({ pageParam }) =>
      get<Page<Run>>(
        `/runs${asQuery({
          project_id: project,
          text: filter.text,
          status: filter.status,
          workflow_id: filter.workflowId,
          created_after: filter.since && momentBefore(SINCE[filter.since]),
          cursor: pageParam,
          limit: String(filter.limit),
        })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: ofProject(project),
    retry: retryUnlessRefused,
    // Runs move on by themselves, so a page that opens always asks.
    staleTime: 0,
  });
}

export function runQuery(id: string) {
  return queryOptions({
    queryKey: ["run", id],
    queryFn: () => get<Run>(`/runs/${encodeURIComponent(id)}`),
    retry: retryUnlessRefused,
  });
}

export function tasksQuery(project: string, filter: TaskFilter) {
  return infiniteQueryOptions({
    queryKey: ["tasks", project, filter],
    queryFn: ({ pageParam }) =>
      get<Page<Task>>(
        `${projectPath(project)}/tasks${asQuery({
          status: filter.status,
          assignee: filter.assignee,
          cursor: pageParam,
          limit: "50",
        })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: ofProject(project),
    retry: retryUnlessRefused,
    // Others answer too, so a page that opens always asks.
    staleTime: 0,
  });
}

export function taskQuery(project: string, id: string) {
  return queryOptions({
    queryKey: ["task", project, id],
    queryFn: () => get<Task>(`${projectPath(project)}/tasks/${encodeURIComponent(id)}`),
    staleTime: 0,
    retry: retryUnlessRefused,
  });
}

/** Answers a task; the first answer that meets the form counts. */
export function completeTask(
  project: string,
  id: string,
  answer: Json,
  by: string,
): Promise<Task> {
  const path = `${projectPath(project)}/tasks/${encodeURIComponent(id)}/complete`;
  return post<Task>(path, by === "" ? { answer } : { answer, by });
}

/** What a run is to be like: its input, and how it is debugged, where it is. */
export interface RunWish {
  readonly input: Json;
  readonly debug?: DebugWish;
}

/** Creates a run and starts it at once; the same `key` never starts it twice. */
export function startRun(
  project: string,
  workflowId: string,
  wish: RunWish,
  key: string,
): Promise<Run> {
  return post<Run>(
    `${projectPath(project)}/workflows/runs?execute=true`,
    { workflow_id: workflowId, ...wish },
    { "Idempotency-Key": key },
  );
}

export function executeRun(runId: string): Promise<Run> {
  return post<Run>(`/runs/${encodeURIComponent(runId)}/execute`, {});
}

export function pauseRun(runId: string): Promise<Run> {
  return post<Run>(`/runs/${encodeURIComponent(runId)}/pause`, {});
}

export function resumeRun(runId: string): Promise<Run> {
  return post<Run>(`/runs/${encodeURIComponent(runId)}/resume`, {});
}

/** The runs that go on from this one, newest first. */
export function retriesQuery(runId: string) {
  return queryOptions({
    queryKey: ["retries", runId],
    queryFn: () => get<Page<Run>>(`/runs/${encodeURIComponent(runId)}/retries`),
    staleTime: 0,
    retry: retryUnlessRefused,
  });
}

/** A new run that goes on from one that is over; the same `key` never starts it twice. */
export function retryRun(runId: string, place: Place, key: string): Promise<Run> {
  return post<Run>(`/runs/${encodeURIComponent(runId)}/retry`, place, { "Idempotency-Key": key });
}

export function cancelRun(runId: string, reason: string): Promise<Run> {
  return post<Run>(`/runs/${encodeURIComponent(runId)}/cancel`, { reason });
}

/** What was asked before stands until the answer is there, but never that of another project. */
function ofProject(project: string) {
  return <Data>(before: Data, asked?: { readonly queryKey: readonly unknown[] }) =>
    asked?.queryKey[1] === project ? before : undefined;
}

function momentBefore(milliseconds: number): string {
  return new Date(Date.now() - milliseconds).toISOString();
}

function asQuery(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
