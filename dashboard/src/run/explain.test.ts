import { expect, test } from "vitest";
import type { EdgeKind, GraphEdge } from "../client/types";
import { explain } from "./explain";
import { emptyVisit, type Decision, type VisitView } from "./view";

function edge(kind: EdgeKind): GraphEdge {
  return { id: "e", source: "a", target: "b", kind, handle: null, condition: null, label: null };
}

function decision(change: Partial<Decision>): Decision {
  return {
    seq: 1,
    edge_id: "e",
    target: "b",
    taken: true,
    kind: "condition",
    expression: "x > 1",
    values: { x: 2 },
    result: true,
    ...change,
  };
}

function visit(status: VisitView["status"], made?: Decision): VisitView {
  return { ...emptyVisit(1, ""), status, decisions: new Map(made ? [["e", made]] : []) };
}

test.each([
  [decision({}), "taken", "Its condition held."],
  [decision({ taken: false, result: false }), "not taken", "Its condition did not hold."],
  [decision({ taken: false, result: true }), "not taken", "An earlier edge was chosen."],
  [decision({ kind: "default", expression: null }), "taken", "No condition held, so the default."],
  [decision({ kind: "error", expression: null }), "taken", "The node failed."],
])("a decision is put into words: %#", (made, verdict, why) => {
  expect(explain(edge(made.kind), visit("completed", made))).toEqual({ verdict, why, decision: made });
});

test.each([
  ["plain", "completed", "taken"],
  ["plain", "failed", "not taken"],
  ["plain", "skipped", "not taken"],
  ["error", "completed", "not taken"],
  ["condition", "running", "undecided"],
] as const)("without a decision, a %s edge of a %s visit is %s", (kind, status, verdict) => {
  expect(explain(edge(kind), visit(status)).verdict).toBe(verdict);
});

test("nothing is decided before the first visit", () => {
  expect(explain(edge("plain"), undefined).verdict).toBe("undecided");
});
