import { expect, test } from "vitest";
import { applyEvents } from "../run/apply-event";
import { ofNode, ofRun } from "../run/events.fixture";
import { emptyRun } from "../run/view";
import { firstRows, newRow, readRows, withNode, type EditRow } from "./fork-edits";

const RUN = applyEvents(emptyRun("r1"), [
  ofRun(1, "created", { workflow_id: "w", version: 1, input: {}, node_count: 1 }),
  ofNode(2, "started", "a", 1, { input: { x: 1 } }),
]);
const BEFORE = { before: { node_id: "a", path: "", visit: 1 } };

function rowsWith(change: Partial<EditRow>): EditRow[] {
  return firstRows(RUN, BEFORE).map((row) => ({ ...row, ...change }));
}

test("a fork before a visit begins with its input, which asks for nothing as it is", () => {
  expect(JSON.parse(rowsWith({})[0]?.text ?? "")).toEqual({ x: 1 });
  expect(readRows(rowsWith({})).edits).toEqual([]);
  expect(firstRows(RUN, { seq: 1 })).toEqual([]);
});

test("what is changed is asked for, of that visit or of the next one", () => {
  const asked = readRows([...rowsWith({ text: "2" }), { ...newRow([], "b", RUN), text: "3" }]);
  expect(asked.edits).toEqual([
    { node_id: "a", visit: 1, input: 2 },
    { node_id: "b", input: 3 },
  ]);
});

test("an output or a variable is named as such", () => {
  expect(readRows(rowsWith({ text: "2", target: "output" })).edits[0]).toHaveProperty("output", 2);
  const variable = readRows(rowsWith({ text: "2", target: "variable", name: "v", path: "loop[0]" }));
  expect(variable.edits).toEqual([{ node_id: "a", path: "loop[0]", visit: 1, variables: { v: 2 } }]);
});

test("what cannot be read is told at its row", () => {
  expect([...readRows(rowsWith({ text: "{" })).problems.keys()]).toEqual([1]);
  expect(readRows(rowsWith({ text: "2", target: "variable" })).problems.get(1)).toBe("Name the variable.");
});

test("another node brings its own input, and the next visit is meant", () => {
  const moved = withNode({ ...newRow([], "b", RUN), visit: 3 }, "a", RUN);
  expect(moved).toMatchObject({ nodeId: "a", visit: undefined, key: 1 });
  expect(moved.text).toContain('"x": 1');
});
