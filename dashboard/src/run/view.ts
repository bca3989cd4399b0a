/** What a page shows of a run, as plain values. Only `applyEvent` makes new ones. */

import type {
  DecisionData,
  Json,
  NodeStatus,
  Run,
  RunError,
  RunStatus,
  Source,
  Usage,
  VisitAddress,
} from "../client/types";
import { NOT_DEBUGGED, type DebugView } from "./debug-view";

export interface RunView {
  readonly runId: string;
  /** The last entry of the log that is in this view; 0 before the first. */
  readonly seq: number;
  readonly status: RunStatus;
  readonly attempt: number;
  /** Null as long as the log has not said it. */
  readonly version: number | null;
  /** The run that it goes on from. */
  readonly source: Source | null;
  /** The run of which a node asked for it. */
  readonly parentRunId: string | null;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly cancelReason: string | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly nodeCount: number;
  readonly settledCount: number;
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly debug: DebugView;
}

export interface NodeView {
  readonly id: string;
  readonly status: NodeStatus;
  /** In the order in which they began. A node that was never visited has one visit 0 at most. */
  readonly visits: readonly VisitView[];
}

export interface VisitView {
  readonly visit: number;
  readonly path: string;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly progress: number;
  readonly message: string | null;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly handled: boolean;
  readonly usage: Usage | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly startedSeq: number;
  readonly finishedSeq: number;
  /** What a model has streamed in the current attempt. */
  readonly text: string;
  readonly failures: readonly FailedAttempt[];
  readonly decisions: ReadonlyMap<string, Decision>;
  /** What it waits for, or waited for last. */
  readonly wait: Wait | null;
}

export interface Wait {
  readonly kind: "task" | "timer" | "signal" | "run";
  readonly dueAt: string | null;
  /** Of a signal. */
  readonly name: string | null;
  readonly key: string | null;
  /** Of a task. */
  readonly taskId: string | null;
  readonly prompt: string | null;
  readonly assignee: string | null;
}

export interface FailedAttempt {
  readonly attempt: number;
  readonly error: RunError;
  readonly at: string;
  readonly delaySeconds: number | null;
}

export interface Decision extends DecisionData {
  readonly seq: number;
}

export function emptyRun(runId: string): RunView {
  return {
    runId,
    seq: 0,
    status: "pending",
    attempt: 0,
    version: null,
    source: null,
    parentRunId: null,
    input: null,
    output: null,
    error: null,
    cancelReason: null,
    createdAt: null,
    startedAt: null,
    finishedAt: null,
    nodeCount: 0,
    settledCount: 0,
    nodes: new Map(),
    debug: NOT_DEBUGGED,
  };
}

/** What is known of a run before its log has come. The log begins anew and replaces all of it. */
export function fromRecord(run: Run): RunView {
  return {
    ...emptyRun(run.id),
    status: run.status,
    attempt: run.attempt,
    parentRunId: run.parent_run_id,
    input: run.input,
    output: run.output,
    error: run.error,
    createdAt: run.created_at,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    nodeCount: 1,
    settledCount: run.progress,
  };
}

export function emptyVisit(visit: number, path: string): VisitView {
  return {
    visit,
    path,
    status: "pending",
    attempt: 0,
    progress: 0,
    message: null,
    input: null,
    output: null,
    error: null,
    handled: false,
    usage: null,
    startedAt: null,
    finishedAt: null,
    startedSeq: 0,
    finishedSeq: 0,
    text: "",
    failures: [],
    decisions: new Map(),
    wait: null,
  };
}

export function isOver(status: RunStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** The share of the nodes that are settled, from 0 to 1. */
export function progressOf(run: RunView): number {
  if (run.status === "completed") return 1;
  return run.nodeCount === 0 ? 0 : Math.min(1, run.settledCount / run.nodeCount);
}

/** Whether a visit ended in the run that this one goes on from, which has paid for it. */
export function isKept({ source }: RunView, visit: VisitView): boolean {
  return source !== null && visit.finishedSeq > 0 && visit.finishedSeq <= source.kept + 1;
}

/** The latest visit that began; where none did, the one that says that it was skipped. */
export function latestVisit(node: NodeView | undefined): VisitView | undefined {
  return node?.visits.findLast((visit) => visit.status !== "skipped") ?? node?.visits.at(-1);
}

/** How often a node really ran: the visit 0 of a skipped node does not count. */
export function visitCount(node: NodeView | undefined): number {
  return node?.visits.filter((visit) => visit.visit > 0).length ?? 0;
}

export interface OpenVisit extends VisitAddress {
  readonly status: NodeStatus;
  readonly wait: Wait | null;
}

const OPEN: ReadonlySet<NodeStatus> = new Set(["running", "waiting", "paused", "retrying"]);

export function isOpen(status: NodeStatus): boolean {
  return OPEN.has(status);
}

/** All visits that have begun, or have stopped before that, and are not over. */
export function openVisits({ nodes }: RunView): OpenVisit[] {
  return [...nodes.values()].flatMap(({ id, visits }) =>
    visits
      .filter(({ status }) => isOpen(status))
      .map(({ visit, path, status, wait }) => ({ node_id: id, visit, path, status, wait })),
  );
}

/** The entry as of which a run at rest is shown; while it moves on, that of its last stop. */
export function momentOf({ status, seq, debug }: RunView): number {
  return status === "paused" ? seq : (debug.stops.at(-1)?.seq ?? seq);
}
