import { expect, test } from "vitest";
import { applyEvents } from "./apply-event";
import { centreOfAction } from "./centre-of-action";
import { ofNode, ofRun } from "./events.fixture";
import { emptyRun } from "./view";

const BOTH = applyEvents(emptyRun("r1"), [
  ofNode(1, "started", "a", 1, { input: 0 }),
  ofNode(2, "started", "b", 1, { input: 0 }),
]);

test("the node that began last is the centre", () => {
  expect(centreOfAction(BOTH)).toBe("b");
});

test("a node that has ended is not", () => {
  const run = applyEvents(BOTH, [ofNode(3, "completed", "b", 1, { output: 0 })]);
  expect(centreOfAction(run)).toBe("a");
});

test("a node that waits is it only while no other is at work", () => {
  const waiting = { kind: "timer", due_at: null };
  const run = applyEvents(BOTH, [ofNode(3, "waiting", "b", 1, waiting)]);
  expect(centreOfAction(run)).toBe("a");
  expect(centreOfAction(applyEvents(run, [ofNode(4, "completed", "a", 1, {})]))).toBe("b");
});

test("of a failed run it is the node that failed it", () => {
  const error = { type: "T", message: "m", node_id: "a" };
  expect(centreOfAction(applyEvents(BOTH, [ofRun(3, "failed", { error })]))).toBe("a");
});
