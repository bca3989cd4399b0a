import { expect, test } from "vitest";
import { applyEvents } from "./apply-event";
import { ofNode, ofRun } from "./events.fixture";
import { createRunStore } from "./store";
import { emptyRun } from "./view";

const BEGUN = [
  ofRun(1, "created", { workflow_id: "w", version: 1, input: {}, node_count: 1 }),
  ofRun(2, "started", {}),
];
const FAILED = [
  ofNode(3, "started", "a", 1, { input: 1 }),
  ofNode(4, "failed", "a", 1, { error: { type: "TIMEOUT", message: "late" }, handled: false }),
  ofRun(5, "failed", { error: { type: "TIMEOUT", message: "late" } }),
];
const ANOTHER = [ofNode(3, "started", "b", 1, { input: 2 })];

test("what is not there any more is forgotten, and what comes in its place is taken in", () => {
  const store = createRunStore(emptyRun("r1"));
  store.receive([...BEGUN, ...FAILED]);
  store.forget(2);
  expect(store.snapshot()).toMatchObject({ log: BEGUN, view: applyEvents(emptyRun("r1"), BEGUN) });
  store.receive(ANOTHER);
  const log = [...BEGUN, ...ANOTHER];
  expect(store.snapshot()).toMatchObject({ log, view: applyEvents(emptyRun("r1"), log) });
});
