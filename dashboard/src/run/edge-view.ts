/** What became of an edge in a run, read off the visits of its two ends. */

import type { GraphEdge } from "../client/types";
import { isOver, latestVisit, type RunView, type VisitView } from "./view";

/**
 * - `open`: nothing is known yet
 * - `flowing`: the latest token went along it and its target is at work
 * - `taken`: a token went along it
 * - `refused`: its source decided against it, every time
 * - `dead`: no token can come along it any more
 */
export type EdgeState = "open" | "flowing" | "taken" | "refused" | "dead";

export function edgeState(run: RunView, edge: GraphEdge): EdgeState {
  const source = run.nodes.get(edge.source);
  const takings = takingsOf(run, edge);
  const last = takings.at(-1);
  if (last !== undefined) return isFlowing(run, edge, last) ? "flowing" : "taken";
  if (source?.visits.some((visit) => isRefusal(visit, edge))) return "refused";
  const isSettled = source?.status === "skipped" || source?.status === "cancelled";
  return isSettled || isOver(run.status) ? "dead" : "open";
}

export function timesTaken(run: RunView, edge: GraphEdge): number {
  return takingsOf(run, edge).length;
}

/** The places in the log at which the edge was taken. */
function takingsOf(run: RunView, edge: GraphEdge): number[] {
  const visits = run.nodes.get(edge.source)?.visits ?? [];
  return visits.map((visit) => takenAt(visit, edge)).filter((seq) => seq > 0);
}

function takenAt(visit: VisitView, edge: GraphEdge): number {
  const decision = visit.decisions.get(edge.id);
  if (decision) return decision.taken ? decision.seq : 0;
  // Where there was no choice there is no event: a plain edge follows from the completion.
  return edge.kind === "plain" && visit.status === "completed" ? visit.finishedSeq : 0;
}

function isRefusal(visit: VisitView, edge: GraphEdge): boolean {
  const decision = visit.decisions.get(edge.id);
  if (decision) return !decision.taken;
  // A failed visit leaves by its error edges only, a completed one never does.
  return edge.kind === "error" ? visit.status === "completed" : visit.status === "failed";
}

function isFlowing(run: RunView, edge: GraphEdge, takenSeq: number): boolean {
  if (isOver(run.status)) return false;
  const target = run.nodes.get(edge.target);
  const current = latestVisit(target);
  if (!current) return true;
  if (target?.status !== "running" && target?.status !== "retrying") return false;
  const previous = target.visits.at(-2);
  return takenSeq > (previous?.startedSeq ?? 0);
}
