/** What the pages ask of a run that is debugged. What comes of it is told by the run's events. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, patch, post, put, remove } from "../client/http";
import { projectPath } from "./projects";
import { retryUnlessRefused } from "./retrying";
import type {
  Breakpoint,
  BreakpointBody,
  BreakpointList,
  DebugWish,
  ForkedRun,
  Json,
  Mode,
  Run,
  RunState,
  VisitAddress,
} from "../client/types";

/** What a visit is to go on with; what is absent stays, and null is a value. */
export interface Edits {
  readonly input?: Json;
  readonly output?: Json;
  readonly variables?: Readonly<Record<string, Json>>;
}

export function addBreakpoint(runId: string, wish: BreakpointBody): Promise<Breakpoint> {
  return post<Breakpoint>(`${runPath(runId)}/breakpoints`, wish);
}

export function putBreakpoint(runId: string, { id, ...wish }: Breakpoint): Promise<Breakpoint> {
  return put<Breakpoint>(`${runPath(runId)}/breakpoints/${encodeURIComponent(id)}`, wish);
}

export function removeBreakpoint(runId: string, id: string): Promise<void> {
  return remove(`${runPath(runId)}/breakpoints/${encodeURIComponent(id)}`);
}

export function keptQuery(project: string, workflowId: string) {
  return queryOptions({
    queryKey: ["kept-breakpoints", project, workflowId],
    queryFn: async () => (await get<BreakpointList>(keptPath(project, workflowId))).breakpoints,
    retry: retryUnlessRefused,
  });
}

export async function keepBreakpoints(
  project: string,
  workflowId: string,
  breakpoints: readonly BreakpointBody[],
): Promise<readonly Breakpoint[]> {
  return (await put<BreakpointList>(keptPath(project, workflowId), { breakpoints })).breakpoints;
}

export function stepRun(
  runId: string,
  where: VisitAddress | null,
  mode: Mode,
  retry = false,
): Promise<Run> {
  return post<Run>(`${runPath(runId)}/step`, { ...where, mode, retry });
}

/** Lets one visit go on, or all of them. */
export function continueRun(runId: string, where: VisitAddress | null = null): Promise<Run> {
  return post<Run>(`${runPath(runId)}/continue`, { ...where });
}

export function runTo(runId: string, until: string): Promise<Run> {
  return post<Run>(`${runPath(runId)}/continue`, { until });
}

export function skipVisit(runId: string, where: VisitAddress, output: Json): Promise<Run> {
  return post<Run>(`${runPath(runId)}/skip`, { ...where, output });
}

export function editVisit(runId: string, where: VisitAddress, edits: Edits): Promise<unknown> {
  return patch(`${runPath(runId)}/state`, { ...where, ...edits });
}

export interface ForkWish {
  /** Leave after this entry of the log. */
  readonly seq?: number;
  /** Leave right before this visit began. */
  readonly before?: VisitAddress;
  readonly edits: readonly (Edits & { readonly node_id: string; readonly path?: string; readonly visit?: number })[];
  readonly debug?: DebugWish;
  readonly pin_side_effects: boolean;
}

export function forkRun(runId: string, { before, ...wish }: ForkWish): Promise<ForkedRun> {
  return post<ForkedRun>(`${runPath(runId)}/fork`, { ...before, ...wish });
}

export function momentQuery(runId: string, seq: number) {
  return queryOptions({
    queryKey: ["moment", runId, seq],
    queryFn: () => get<RunState>(`${runPath(runId)}/state?seq=${seq}&limit=1`),
    // What was known a moment ago is shown until the newer one is there.
    placeholderData: keepPreviousData,
    // An entry of a log never changes, so neither does what a run was like after it.
    staleTime: Infinity,
    retry: retryUnlessRefused,
  });
}

function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

function keptPath(project: string, workflowId: string): string {
  return `${projectPath(project)}/workflows/${encodeURIComponent(workflowId)}/breakpoints`;
}
