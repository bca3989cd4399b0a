/** Says in words why an edge was, or was not, taken by a visit of its source. */

import type { GraphEdge } from "../client/types";
import type { Decision, VisitView } from "./view";

export type Verdict = "taken" | "not taken" | "undecided";

export interface Explanation {
  readonly verdict: Verdict;
  readonly why: string;
  readonly decision: Decision | null;
}

export function explain(edge: GraphEdge, visit: VisitView | undefined): Explanation {
  const decision = visit?.decisions.get(edge.id);
  if (decision) {
    return { verdict: decision.taken ? "taken" : "not taken", why: whyDecided(decision), decision };
  }
  return { ...withoutDecision(edge, visit), decision: null };
}

function whyDecided(decision: Decision): string {
  switch (decision.kind) {
    case "default":
      return decision.taken ? "No condition held, so the default." : "A condition held.";
    case "error":
      return decision.taken ? "The node failed." : "The node did not fail.";
    case "plain":
      return decision.taken ? "Follows the node's completion." : "Another way was chosen.";
    case "condition":
      if (decision.expression === null) {
        return decision.taken ? "The node chose it." : "The node chose another way.";
      }
      return decision.taken ? "Its condition held." : whyRefused(decision);
  }
}

function whyRefused(decision: Decision): string {
  // With routing "first" an edge can be refused although its condition would hold.
  return decision.result === true ? "An earlier edge was chosen." : "Its condition did not hold.";
}

function withoutDecision(
  edge: GraphEdge,
  visit: VisitView | undefined,
): Omit<Explanation, "decision"> {
  switch (visit?.status) {
    case "completed":
      if (edge.kind === "plain") {
        return { verdict: "taken", why: "It has no condition: taken on every completion." };
      }
      if (edge.kind === "error") return { verdict: "not taken", why: "The node did not fail." };
      return { verdict: "undecided", why: "No decision was recorded." };
    case "failed":
      return { verdict: "not taken", why: "The node failed." };
    case "skipped":
      return { verdict: "not taken", why: "The node was skipped." };
    case "cancelled":
      return { verdict: "not taken", why: "The node was cancelled." };
    default:
      return { verdict: "undecided", why: "Decided when the node ends." };
  }
}
