import { expect, test } from "vitest";
import type { GraphEdge, WireEvent } from "../client/types";
import { applyEvents } from "./apply-event";
import { edgeState, timesTaken } from "./edge-view";
import { decided, ofNode, ofRun } from "./events.fixture";
import { emptyRun } from "./view";

function edge(source: string, target: string, kind: GraphEdge["kind"] = "plain"): GraphEdge {
  return { id: `${source}${target}`, source, target, kind, handle: null, condition: null, label: null };
}

function run(...events: WireEvent[]) {
  return applyEvents(emptyRun("r1"), events);
}

const started = (seq: number, id: string, visit = 1) => ofNode(seq, "started", id, visit, { input: 0 });
const completed = (seq: number, id: string, visit = 1) =>
  ofNode(seq, "completed", id, visit, { output: 0 });

test("an edge is open until its source ends", () => {
  expect(edgeState(run(started(1, "a")), edge("a", "b"))).toBe("open");
});

test("a plain edge of a completed node is taken without an event of its own", () => {
  const before = run(started(1, "a"), completed(2, "a"), started(3, "b"));
  expect(edgeState(before, edge("a", "b"))).toBe("flowing");
  expect(edgeState(run(started(1, "a"), completed(2, "a"), started(3, "b"), completed(4, "b")), edge("a", "b"))).toBe("taken");
});

test("a conditional edge is what its decision says", () => {
  const view = run(completed(1, "a"), decided(2, "a", 1, "ab", true), decided(3, "a", 1, "ac", false));
  expect(edgeState(view, edge("a", "b", "condition"))).toBe("flowing");
  expect(edgeState(view, edge("a", "c", "condition"))).toBe("refused");
});

test("an edge that was taken once and refused later counts as taken", () => {
  const view = run(
    completed(1, "a"),
    decided(2, "a", 1, "ab", true),
    started(3, "b"),
    completed(4, "b"),
    completed(5, "a", 2),
    decided(6, "a", 2, "ab", false),
  );
  expect(edgeState(view, edge("a", "b", "condition"))).toBe("taken");
  expect(timesTaken(view, edge("a", "b", "condition"))).toBe(1);
});

test("only the edge that brought the latest token to a loop's head flows", () => {
  const view = run(
    completed(1, "start"),
    started(2, "head"),
    completed(3, "head"),
    completed(4, "tail"),
    decided(5, "tail", 1, "tailhead", true),
    started(6, "head", 2),
  );
  expect(edgeState(view, edge("start", "head"))).toBe("taken");
  expect(edgeState(view, edge("tail", "head", "condition"))).toBe("flowing");
});

test("an edge of a skipped node is dead", () => {
  expect(edgeState(run(ofNode(1, "skipped", "a", 0, {})), edge("a", "b"))).toBe("dead");
});

test("an edge that nothing came to is dead when the run is over", () => {
  expect(edgeState(run(ofRun(1, "cancelled", { reason: "" })), edge("a", "b"))).toBe("dead");
});

test("nothing flows when the run is over", () => {
  const view = run(completed(1, "a"), ofRun(2, "cancelled", { reason: "" }));
  expect(edgeState(view, edge("a", "b"))).toBe("taken");
});

test("an error edge is refused by a node that completes", () => {
  expect(edgeState(run(completed(1, "a")), edge("a", "b", "error"))).toBe("refused");
});
