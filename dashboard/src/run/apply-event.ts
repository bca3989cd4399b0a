/** The one function that makes the view of a run: the same for a live run and for a replayed one. */

import type { LogEvent, NodeStatus, TokenEvent, VisitEvent, WireEvent } from "../client/types";
import { debugged } from "./apply-debug";
import { emptyRun, emptyVisit, isOpen, type FailedAttempt, type NodeView, type RunView, type VisitView } from "./view";

export function applyEvents(run: RunView, events: readonly WireEvent[]): RunView {
  return events.reduce(applyEvent, run);
}

/** What an event makes of a run. An entry of the log that is already in the view changes nothing. */
export function applyEvent(run: RunView, event: WireEvent): RunView {
  if (event.type === "workflow.node.token") return withText(run, event);
  if (event.seq <= run.seq) return run;
  const after = afterLogEvent(run, event);
  return { ...after, debug: debugged(after.debug, event), seq: event.seq };
}

function afterLogEvent(run: RunView, event: LogEvent): RunView {
  switch (event.type) {
    case "workflow.run.created":
      return {
        ...emptyRun(run.runId),
        input: event.data.input,
        version: event.data.version,
        source: event.data.source ?? null,
        parentRunId: event.data.parent?.run_id ?? null,
        nodeCount: event.data.node_count,
        createdAt: event.at,
      };
    case "workflow.run.started":
      return {
        ...run,
        status: "running",
        attempt: event.attempt,
        startedAt: run.startedAt ?? event.at,
      };
    case "workflow.run.resumed":
      return { ...run, status: "running", attempt: event.attempt };
    case "workflow.run.waiting":
      return { ...run, status: "waiting" };
    case "workflow.run.paused":
      return { ...run, status: "paused" };
    case "workflow.breakpoints.set":
    case "workflow.stepping.begun":
    case "workflow.run.continued":
      return run;
    case "workflow.run.migrated":
      return { ...run, version: event.data.version, nodeCount: event.data.node_count };
    case "workflow.run.cancelling":
      return { ...run, status: "cancelling", cancelReason: event.data.reason };
    case "workflow.run.completed":
      return { ...run, status: "completed", output: event.data.output, finishedAt: event.at };
    case "workflow.run.failed":
      return { ...run, status: "failed", error: event.data.error, finishedAt: event.at };
    case "workflow.run.cancelled":
      return {
        ...run,
        status: "cancelled",
        cancelReason: event.data.reason,
        finishedAt: event.at,
      };
    default:
      return afterVisitEvent(run, event);
  }
}

function afterVisitEvent(run: RunView, event: VisitEvent): RunView {
  const changed = withVisit(run, event, (visit) => afterEvent(visit, event));
  return settles(event) ? { ...changed, settledCount: run.settledCount + 1 } : changed;
}

/** A node counts as settled once, with its first visit outside containers. */
function settles(event: VisitEvent): boolean {
  if (event.visit > 1 || event.path) return false;
  if (event.type === "workflow.node.failed") return event.data.handled ?? false;
  return event.type === "workflow.node.completed" || event.type === "workflow.node.skipped";
}

function afterEvent(visit: VisitView, event: VisitEvent): VisitView {
  const attempt = event.attempt;
  switch (event.type) {
    case "workflow.node.started":
      // A visit starts again when another process took the run over: only its streamed text is void.
      return {
        ...visit,
        status: "running",
        attempt,
        input: event.data.input,
        startedAt: visit.startedAt ?? event.at,
        startedSeq: visit.startedSeq || event.seq,
        text: "",
      };
    case "workflow.node.progress":
      return {
        ...visit,
        status: "running",
        attempt,
        progress: event.data.progress,
        message: event.data.message ?? null,
      };
    case "workflow.node.attempt_failed": {
      const failure = { attempt, error: event.data.error, at: event.at, delaySeconds: null };
      return {
        ...visit,
        attempt,
        error: event.data.error,
        failures: [...visit.failures, failure],
      };
    }
    case "workflow.node.retrying":
      return {
        ...visit,
        status: "retrying",
        attempt,
        text: "",
        failures: withDelay(visit.failures, event.data.delay_seconds),
      };
    case "workflow.node.completed":
      return {
        ...ended(visit, "completed", event),
        progress: 1,
        output: event.data.output,
        usage: event.data.usage ? { ...NO_USAGE, ...event.data.usage } : null,
        error: null,
      };
    case "workflow.node.failed":
      return {
        ...ended(visit, "failed", event),
        error: event.data.error,
        handled: event.data.handled ?? false,
      };
    case "workflow.node.skipped":
      return ended(visit, "skipped", event);
    case "workflow.node.cancelled":
      return ended(visit, "cancelled", event);
    case "workflow.edge.decided": {
      const decision = { ...event.data, seq: event.seq };
      return { ...visit, decisions: new Map(visit.decisions).set(decision.edge_id, decision) };
    }
    default:
      return afterWaitEvent(visit, event);
  }
}

function afterWaitEvent(visit: VisitView, event: VisitEvent): VisitView {
  switch (event.type) {
    case "workflow.task.created": {
      const { task_id: taskId, prompt, assignee, due_at: dueAt } = event.data;
      return { ...visit, wait: { ...NO_WAIT, kind: "task", taskId, prompt, assignee, dueAt } };
    }
    case "workflow.node.waiting": {
      const { kind, name = null, key = null, due_at: dueAt } = event.data;
      const wait = kind === "task" && visit.wait ? visit.wait : { ...NO_WAIT, kind, name, key, dueAt };
      return { ...visit, status: "waiting", attempt: event.attempt, wait };
    }
    default:
      return afterStop(visit, event);
  }
}

/** A visit that stops for whoever debugs the run, and one that may go on. */
function afterStop(visit: VisitView, event: VisitEvent): VisitView {
  switch (event.type) {
    case "workflow.node.paused": {
      const paused = { ...visit, status: "paused" as const, attempt: event.attempt };
      if (event.data.position === "before") return { ...paused, input: event.data.input ?? null };
      return event.data.position === "after" ? { ...paused, output: event.data.output ?? null } : paused;
    }
    case "workflow.node.released":
      if (visit.status !== "paused") return visit;
      return { ...visit, status: event.data.position === "before" ? "pending" : "running" };
    default:
      return visit;
  }
}

const NO_USAGE = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0, model: null };
const NO_WAIT = { dueAt: null, name: null, key: null, taskId: null, prompt: null, assignee: null };

function ended(visit: VisitView, status: NodeStatus, event: VisitEvent): VisitView {
  return {
    ...visit,
    status,
    attempt: event.attempt,
    finishedAt: event.at,
    finishedSeq: event.seq,
  };
}

function withDelay(failures: readonly FailedAttempt[], delaySeconds: number): FailedAttempt[] {
  return failures.map((failure, index) =>
    index === failures.length - 1 ? { ...failure, delaySeconds } : failure,
  );
}

function withText(run: RunView, token: TokenEvent): RunView {
  return withVisit(run, token, (visit) => {
    const isOpen = visit.finishedAt === null;
    if (!isOpen) return visit;
    const before = token.attempt === visit.attempt ? visit.text : "";
    const text = before + token.data.text;
    return { ...visit, status: "running", attempt: token.attempt, text };
  });
}

interface Address {
  readonly node_id: string;
  readonly visit: number;
  readonly path?: string;
}

function withVisit(
  run: RunView,
  address: Address,
  change: (visit: VisitView) => VisitView,
): RunView {
  // An event of no node (a line of the log about the run itself) has no visit to change.
  if (!address.node_id) return run;
  const path = address.path ?? "";
  const visits = run.nodes.get(address.node_id)?.visits ?? [];
  const known = visits.findLastIndex((v) => v.visit === address.visit && v.path === path);
  const index = known === -1 ? visits.length : known;
  const before = visits[index] ?? emptyVisit(address.visit, path);
  const after = change(before);
  if (after === before) return run;
  const node = asNode(address.node_id, visits.toSpliced(index, 1, after));
  return { ...run, nodes: new Map(run.nodes).set(node.id, node) };
}

/**
 * A node is what its latest visit is, unless an earlier one (of a parallel item) is still open. An
 * item that had no need of it says nothing about those that had.
 */
function asNode(id: string, visits: readonly VisitView[]): NodeView {
  const open = visits.findLast((visit) => isOpen(visit.status));
  const ran = visits.findLast((visit) => visit.status !== "skipped");
  return { id, visits, status: (open ?? ran ?? visits.at(-1))?.status ?? "pending" };
}
