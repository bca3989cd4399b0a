/** Every question that the pages ask the server, by name. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ApiError, get, post } from "../client/http";
import { storedProject } from "../key/key";
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

export const PROJECT = storedProject();
export const PROJECT_PATH = `/projects/${PROJECT}`;

export interface RunFilter {
  readonly status?: RunStatus;
  readonly workflowId?: string;
  readonly limit: number;
}

export interface TaskFilter {
  readonly status?: TaskStatus;
  readonly assignee?: string;
}

export function workflowsQuery(search = "") {
  return infiniteQueryOptions({
    queryKey: ["workflows", search],
    queryFn: ({ pageParam }) =>
      get<Page<WorkflowSummary>>(
        `${PROJECT_PATH}/workflows${asQuery({ q: search, cursor: pageParam, limit: "50" })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function workflowQuery(id: string) {
  return queryOptions({
    queryKey: ["workflow", id],
    queryFn: () => get<Workflow>(`${PROJECT_PATH}/workflows/${encodeURIComponent(id)}`),
    retry: retryUnlessRefused,
  });
}

export function graphQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ["graph", id, version],
    queryFn: () =>
      get<Graph>(
        `${PROJECT_PATH}/workflows/${encodeURIComponent(id)}/graph?format=json&version=${version}`,
      ),
    // A version never changes, so neither does its graph.
    staleTime: Infinity,
    retry: retryUnlessRefused,
  });
}

export function runsQuery(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: ["runs", filter],
    queryFn: ({ pageParam }) =>
      get<Page<Run>>(
        `/runs${asQuery({
          project_id: PROJECT,
          status: filter.status,
          workflow_id: filter.workflowId,
          cursor: pageParam,
          limit: String(filter.limit),
        })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
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

export function tasksQuery(filter: TaskFilter) {
  return infiniteQueryOptions({
    queryKey: ["tasks", filter],
    queryFn: ({ pageParam }) =>
      get<Page<Task>>(
        `${PROJECT_PATH}/tasks${asQuery({
          status: filter.status,
          assignee: filter.assignee,
          cursor: pageParam,
          limit: "50",
        })}`,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    // Others answer too, so a page that opens always asks.
    staleTime: 0,
  });
}

export function taskQuery(id: string) {
  return queryOptions({
    queryKey: ["task", id],
    queryFn: () => get<Task>(`${PROJECT_PATH}/tasks/${encodeURIComponent(id)}`),
    staleTime: 0,
    retry: retryUnlessRefused,
  });
}

/** Answers a task; the first answer that meets the form counts. */
export function completeTask(id: string, answer: Json, by: string): Promise<Task> {
  const path = `${PROJECT_PATH}/tasks/${encodeURIComponent(id)}/complete`;
  return post<Task>(path, by === "" ? { answer } : { answer, by });
}

/** What a run is to be like: its input, and how it is debugged, where it is. */
export interface RunWish {
  readonly input: Json;
  readonly debug?: DebugWish;
}

/** Creates a run and starts it at once; the same `key` never starts it twice. */
export function startRun(workflowId: string, wish: RunWish, key: string): Promise<Run> {
  return post<Run>(
    `${PROJECT_PATH}/workflows/runs?execute=true`,
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

export function retryUnlessRefused(failures: number, error: Error): boolean {
  const refused = error instanceof ApiError && error.status < 500;
  return !refused && failures < 3;
}

function asQuery(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
