/** Short ways to write the events of a test. */

import type { LogEvent, TokenEvent, VisitEvent } from "../client/types";

const AT = "2026-11-21T10:00:00Z";

export function ofRun(seq: number, name: string, data: object, attempt = 1): LogEvent {
  return { seq, type: `workflow.run.${name}`, at: AT, run_id: "r1", attempt, data } as LogEvent;
}

export function ofNode(
  seq: number,
  name: string,
  nodeId: string,
  visit: number,
  data: object,
  attempt = 1,
): VisitEvent {
  const type = name === "decided" ? "workflow.edge.decided" : `workflow.node.${name}`;
  const event = { seq, type, at: AT, run_id: "r1", node_id: nodeId, visit, path: "", attempt, data };
  return event as unknown as VisitEvent;
}

/** `name` with its subject, such as `task.created`. */
export function ofWait(seq: number, name: string, data: object): VisitEvent {
  return { ...ofNode(seq, "waiting", "a", 1, data), type: `workflow.${name}` } as unknown as VisitEvent;
}

export function token(nodeId: string, text: string, attempt = 1): TokenEvent {
  const type = "workflow.node.token";
  return { type, at: AT, run_id: "r1", node_id: nodeId, visit: 1, path: "", attempt, data: { text } };
}

export function decided(
  seq: number,
  source: string,
  visit: number,
  edgeId: string,
  taken: boolean,
): VisitEvent {
  const data = { edge_id: edgeId, target: "?", taken, kind: "condition" };
  return ofNode(seq, "decided", source, visit, { ...data, expression: "x", values: {}, result: taken });
}
