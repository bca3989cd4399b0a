/** An entry of the log in one line of words. */

import { spanWords, untilWords } from "../parts/time-words";
import type { LogEvent, RunLevelEvent, Source, StopPosition, VisitEvent } from "../client/types";

export type Tone = "plain" | "good" | "bad" | "warn" | "quiet";

export function eventWords(event: LogEvent): string {
  return isOfRun(event) ? runWords(event) : visitWords(event);
}

/** What is asked of a whole run by whoever debugs it. */
const DEBUGGED: ReadonlySet<string> = new Set(["workflow.breakpoints.set", "workflow.stepping.begun"]);

function isOfRun(event: LogEvent): event is RunLevelEvent {
  return event.type.startsWith("workflow.run.") || DEBUGGED.has(event.type);
}

function runWords(event: RunLevelEvent): string {
  switch (event.type) {
    case "workflow.run.created":
      return `run created with ${event.data.node_count} nodes${sourceWords(event.data.source)}`;
    case "workflow.run.started":
      return `run started${event.attempt > 1 ? " again" : ""}`;
    case "workflow.breakpoints.set":
      return `${event.data.breakpoints.length} breakpoints`;
    case "workflow.stepping.begun":
      return "step by step from here on";
    case "workflow.run.continued":
      return `all goes on${event.data.until === null ? "" : ` to ${event.data.until}`}`;
    case "workflow.run.waiting":
      return `run waits${untilWords(event.data.due_at)}`;
    case "workflow.run.paused":
      return "run paused";
    case "workflow.run.migrated":
      return `run goes on with version ${event.data.version} instead of ${event.data.from_version}`;
    case "workflow.run.cancelling":
      return `cancel asked for: ${event.data.reason || "no reason"}`;
    case "workflow.run.failed":
      return `run failed: ${event.data.error.message}`;
    default:
      return shortType(event.type);
  }
}

function sourceWords(source: Source | null | undefined): string {
  if (!source) return "";
  return `, goes on from run ${source.run_id} with ${source.kept} of its events`;
}

function visitWords(event: VisitEvent): string {
  const who = event.node_id ? place(event) : "";
  switch (event.type) {
    case "workflow.node.progress":
      return `${who} ${Math.round(event.data.progress * 100)} % ${event.data.message ?? ""}`;
    case "workflow.node.attempt_failed":
      return `${who} attempt ${event.attempt} failed: ${event.data.error.message}`;
    case "workflow.node.retrying":
      return `${who} tries again in ${spanWords(event.data.delay_seconds * 1000)}`;
    case "workflow.node.failed":
      return `${who} failed${event.data.handled ? " (handled)" : ""}: ${event.data.error.message}`;
    case "workflow.node.cancelled":
      return `${who} cancelled${event.data.still_running ? ", but its function still runs in a thread" : ""}`;
    case "workflow.edge.decided":
      return `${who} → ${event.data.target} ${event.data.taken ? "taken" : "not taken"}`;
    case "workflow.log":
      return `${who} ${event.data.level}: ${event.data.message}`;
    case "workflow.custom":
      return `${who} ${event.data.name}`;
    default:
      return `${who} ${waitWords(event) ?? shortType(event.type).replace(/^node /, "")}`;
  }
}

function waitWords(event: VisitEvent): string | null {
  switch (event.type) {
    case "workflow.node.waiting": {
      const { kind, name, key, due_at: dueAt } = event.data;
      if (kind === "timer") return `waits${untilWords(dueAt)}`;
      if (kind === "run") return `waits for its run of ${name ?? "another workflow"}${untilWords(dueAt)}`;
      if (kind === "task") return `waits for an answer${untilWords(dueAt)}`;
      return `waits for the signal ${name ?? ""}${key ? ` (${key})` : ""}${untilWords(dueAt)}`;
    }
    case "workflow.task.created":
      return `asks${event.data.assignee ? ` ${event.data.assignee}` : ""}: ${event.data.prompt}`;
    case "workflow.task.completed":
      return `was answered by ${event.data.by}`;
    case "workflow.signal.received":
      return `got the signal ${event.data.name}`;
    default:
      return stopWords(event);
  }
}

const STOPPED: Readonly<Record<StopPosition, string>> = {
  before: "stops before its work",
  after: "stops after its work",
  error: "stops, since it has failed",
};

function stopWords(event: VisitEvent): string | null {
  switch (event.type) {
    case "workflow.node.paused":
      return `${STOPPED[event.data.position]} (${event.data.reason.replace("_", " ")})`;
    case "workflow.node.released":
      return event.data.again ? "tries once more" : `goes on (${event.data.going})`;
    case "workflow.state.edited":
      return `${event.data.pinned ? "is pinned" : "is given"}: ${event.data.name ?? event.data.target}`;
    case "workflow.breakpoint.hit":
      return `matches breakpoint ${event.data.breakpoint_id} (${event.data.hits})`;
    default:
      return null;
  }
}

export function eventTone(event: LogEvent): Tone {
  switch (event.type) {
    case "workflow.run.completed":
    case "workflow.node.completed":
      return "good";
    case "workflow.run.failed":
    case "workflow.node.failed":
      return "bad";
    case "workflow.node.attempt_failed":
    case "workflow.node.retrying":
    case "workflow.run.cancelling":
    case "workflow.run.cancelled":
      return "warn";
    case "workflow.edge.decided":
      return event.data.taken ? "plain" : "quiet";
    case "workflow.node.skipped":
    case "workflow.node.progress":
      return "quiet";
    default:
      return "plain";
  }
}

interface Place {
  readonly node_id: string;
  readonly visit: number;
  readonly path?: string;
}

function place({ node_id: id, visit, path }: Place): string {
  const inside = path ? `${path}.` : "";
  return visit > 1 ? `${inside}${id} #${visit}` : `${inside}${id}`;
}

/** `workflow.run.started` → `run started`: a type that this page is too old to know stays readable. */
function shortType(type: string): string {
  return type.replace(/^workflow\./, "").replaceAll(/[._]/g, " ");
}
