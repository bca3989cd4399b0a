import { describe, expect, test } from "vitest";
import type { WireEvent } from "../client/types";
import { applyEvent, applyEvents } from "./apply-event";
import { ofNode, ofRun, ofWait, token } from "./events.fixture";
import { emptyRun, emptyVisit, isKept, latestVisit, progressOf, visitCount } from "./view";

const RUN = emptyRun("r1");
const NOBODY = emptyVisit(0, "");
const ERROR = { type: "TIMEOUT", message: "too slow" };

const CREATED = ofRun(1, "created", { workflow_id: "w", version: 1, input: { a: 1 }, node_count: 2 });
const STARTED = ofRun(2, "started", {});

function after(...events: WireEvent[]) {
  return applyEvents(RUN, [CREATED, STARTED, ...events]);
}

describe("a run", () => {
  test("takes its input from its creation and runs when it is started", () => {
    expect(after()).toMatchObject({ status: "running", input: { a: 1 }, seq: 2, nodeCount: 2 });
  });

  test("that goes on from another one keeps what ended there", () => {
    const source = { run_id: "r0", kind: "retry", kept: 2 };
    const data = { workflow_id: "w", version: 1, input: {}, node_count: 2, source };
    const run = applyEvents(RUN, [
      ofRun(1, "created", data),
      ofNode(2, "started", "a", 1, { input: {} }),
      ofNode(3, "completed", "a", 1, { output: 1 }),
      ofRun(4, "started", {}),
      ofNode(5, "started", "b", 1, { input: {} }),
      ofNode(6, "completed", "b", 1, { output: 2 }),
    ]);
    const kept = ["a", "b"].map((id) => isKept(run, latestVisit(run.nodes.get(id)) ?? NOBODY));
    expect(run.source).toEqual(source);
    expect(kept).toEqual([true, false]);
  });

  test("goes on with another version", () => {
    const data = { version: 2, from_version: 1, node_count: 5 };
    expect(after(ofRun(3, "migrated", data))).toMatchObject({ version: 2, nodeCount: 5 });
  });

  test("ends with its output", () => {
    const run = after(ofRun(3, "completed", { output: { x: 1 } }));
    expect(run).toMatchObject({ status: "completed", output: { x: 1 }, finishedAt: run.startedAt });
    expect(progressOf(run)).toBe(1);
  });

  test("ends with its error", () => {
    expect(after(ofRun(3, "failed", { error: ERROR }))).toMatchObject({
      status: "failed",
      error: ERROR,
    });
  });

  test("is cancelling until it is cancelled, for the reason that was given", () => {
    const asked = after(ofRun(3, "cancelling", { reason: "no need" }));
    expect(asked).toMatchObject({ status: "cancelling", finishedAt: null });
    const cancelled = applyEvent(asked, ofRun(4, "cancelled", { reason: "no need" }));
    expect(cancelled).toMatchObject({ status: "cancelled", cancelReason: "no need" });
  });

  test("does not change by an event that it has seen", () => {
    const run = after(ofNode(3, "started", "a", 1, { input: null }));
    expect(applyEvents(run, [CREATED, STARTED])).toBe(run);
  });

  test("passes over an event of a type that it does not know", () => {
    const strange = { ...ofRun(3, "started", {}), type: "workflow.run.dreaming" };
    const run = after();
    expect(applyEvent(run, strange as unknown as WireEvent)).toEqual({ ...run, seq: 3 });
  });

  test("forgets what was known before its log came", () => {
    const guess = { ...RUN, status: "completed" as const, settledCount: 0.5, output: "old" };
    expect(applyEvent(guess, CREATED)).toMatchObject({ status: "pending", settledCount: 0 });
  });

  test("is the same whether its events come one by one or all at once", () => {
    const events = [CREATED, STARTED, ofNode(3, "started", "a", 1, { input: 1 })];
    expect(events.reduce(applyEvent, RUN)).toEqual(applyEvents(RUN, events));
  });
});

describe("a run that waits", () => {
  const due = { due_at: "2026-11-22T10:00:00Z" };
  const asks = ofNode(3, "started", "a", 1, { input: null });
  const question = { task_id: "t1", prompt: "Well?", assignee: "ada", ...due };
  const asked = ofWait(4, "task.created", question);

  test("holds what its visit waits for, and goes on when it is resumed", () => {
    const run = after(
      asks,
      asked,
      ofNode(5, "waiting", "a", 1, { kind: "task", name: null, key: null, ...due }),
      ofRun(6, "waiting", due),
    );
    expect(run.status).toBe("waiting");
    expect(run.nodes.get("a")).toMatchObject({
      status: "waiting",
      visits: [{ wait: { kind: "task", taskId: "t1", prompt: "Well?", assignee: "ada", dueAt: due.due_at } }],
    });
    const on = applyEvent(run, ofRun(7, "resumed", { reason: "due" }, 2));
    expect(on).toMatchObject({ status: "running", attempt: 2 });
    expect(applyEvent(on, ofNode(8, "completed", "a", 1, { output: 1 })).nodes.get("a")?.status).toBe(
      "completed",
    );
  });

  test("for a signal knows its name and key", () => {
    const data = { kind: "signal", name: "paid", key: "7", due_at: null };
    const run = after(asks, ofNode(4, "waiting", "a", 1, data));
    expect(latestVisit(run.nodes.get("a"))?.wait).toMatchObject({ kind: "signal", name: "paid", key: "7" });
  });
});

describe("a visit that is debugged", () => {
  test("shows that it stopped, with what it would begin with, and goes on", () => {
    const run = after(
      ofNode(3, "paused", "a", 1, { position: "before", reason: "step", input: { x: 1 } }),
    );
    expect(run.nodes.get("a")).toMatchObject({ status: "paused", visits: [{ input: { x: 1 } }] });
    const on = applyEvent(run, ofNode(4, "released", "a", 1, { going: "over", position: "before" }));
    expect(on.nodes.get("a")?.status).toBe("pending");
  });

  test("runs again when it stopped after its work, and is not touched by a mark", () => {
    const stopped = after(
      ofNode(3, "started", "a", 1, { input: "in" }),
      ofNode(4, "paused", "a", 1, { position: "after", reason: "breakpoint", output: "out" }),
    );
    expect(latestVisit(stopped.nodes.get("a"))).toMatchObject({ status: "paused", output: "out" });
    const on = applyEvent(stopped, ofNode(5, "released", "a", 1, { going: "over", position: "after" }));
    expect(on.nodes.get("a")?.status).toBe("running");
    const marked = ofNode(6, "released", "a", 1, { going: "over", position: null });
    expect(applyEvent(on, marked).nodes.get("a")?.status).toBe("running");
  });
});

describe("a visit", () => {
  test("goes from its input to its output", () => {
    const run = after(
      ofNode(3, "started", "a", 1, { input: "in" }),
      ofNode(4, "progress", "a", 1, { progress: 0.4, message: "half way" }),
      ofNode(5, "completed", "a", 1, { output: "out" }),
    );
    expect(run.nodes.get("a")).toMatchObject({
      status: "completed",
      visits: [{ input: "in", output: "out", progress: 1, startedSeq: 3, finishedSeq: 5 }],
    });
    expect(progressOf(run)).toBe(0.5);
  });

  test("keeps its failed attempts, and how long it waited after each", () => {
    const run = after(
      ofNode(3, "started", "a", 1, { input: null }),
      ofNode(4, "attempt_failed", "a", 1, { error: ERROR }),
      ofNode(5, "retrying", "a", 1, { delay_seconds: 2 }, 2),
    );
    expect(run.nodes.get("a")).toMatchObject({
      status: "retrying",
      visits: [{ attempt: 2, failures: [{ attempt: 1, error: ERROR, delaySeconds: 2 }] }],
    });
    const done = applyEvent(run, ofNode(6, "completed", "a", 1, { output: 1 }, 2));
    expect(done.nodes.get("a")?.visits[0]).toMatchObject({ status: "completed", error: null });
  });

  test("that fails settles its node only when an error edge takes over", () => {
    const failed = (handled: boolean) =>
      after(ofNode(3, "failed", "a", 1, { error: ERROR, handled })).settledCount;
    expect([failed(true), failed(false)]).toEqual([1, 0]);
  });

  test("of a loop is one of many, and the node is settled once", () => {
    const run = after(
      ofNode(3, "started", "a", 1, { input: 1 }),
      ofNode(4, "completed", "a", 1, { output: 1 }),
      ofNode(5, "started", "a", 2, { input: 2 }),
      ofNode(6, "completed", "a", 2, { output: 2 }),
    );
    expect(visitCount(run.nodes.get("a"))).toBe(2);
    expect(run.settledCount).toBe(1);
  });

  test("of a parallel item keeps its node running while another one has ended", () => {
    const run = after(
      { ...ofNode(3, "started", "a", 1, { input: 1 }), path: "each[0]" },
      { ...ofNode(4, "started", "a", 1, { input: 2 }), path: "each[1]" },
      { ...ofNode(5, "completed", "a", 1, { output: 2 }), path: "each[1]" },
    );
    expect(run.nodes.get("a")?.status).toBe("running");
    expect(run.nodes.get("a")?.visits.map((visit) => visit.path)).toEqual(["each[0]", "each[1]"]);
  });

  test("that was skipped does not count as one", () => {
    const node = after(ofNode(3, "skipped", "a", 0, {})).nodes.get("a");
    expect(node?.status).toBe("skipped");
    expect(visitCount(node)).toBe(0);
  });

  test("holds the decisions on the edges of its node", () => {
    const data = {
      edge_id: "e",
      target: "b",
      taken: false,
      kind: "condition" as const,
      expression: "x > 1",
      values: { x: 0 },
      result: false,
    };
    const visit = after(ofNode(3, "decided", "a", 1, data)).nodes.get("a")?.visits[0];
    expect(visit?.decisions.get("e")).toEqual({ ...data, seq: 3 });
  });
});

describe("streamed text", () => {
  const started = ofNode(3, "started", "a", 1, { input: null });

  test("grows while its visit is open and moves no seq", () => {
    const run = after(started, token("a", "Hel"), token("a", "lo"));
    expect(run.nodes.get("a")?.visits[0]?.text).toBe("Hello");
    expect(run.seq).toBe(3);
  });

  test("begins anew with the next attempt", () => {
    const run = after(
      started,
      token("a", "wrong"),
      ofNode(4, "retrying", "a", 1, { delay_seconds: 0 }, 2),
      token("a", "right", 2),
    );
    expect(run.nodes.get("a")?.visits[0]).toMatchObject({ text: "right", status: "running" });
  });

  test("that comes late does not open a visit that has ended", () => {
    const run = after(started, ofNode(4, "completed", "a", 1, { output: "x" }));
    expect(applyEvent(run, token("a", "late"))).toBe(run);
  });
});

describe("a node inside of a container", () => {
  const inItem = (seq: number, name: string, item: number, visit = 1) => ({
    ...ofNode(seq, name, "a", visit, { input: null, output: null }),
    path: `loop[${item}]`,
  });

  test("has visits in each item, and settles nothing", () => {
    const run = after(inItem(3, "started", 0), inItem(4, "started", 1), inItem(5, "completed", 1));
    expect(run.nodes.get("a")).toMatchObject({ status: "running" });
    expect(visitCount(run.nodes.get("a"))).toBe(2);
    expect(run.settledCount).toBe(0);
  });

  test("is what its latest item that had need of it made of it", () => {
    const run = after(inItem(3, "started", 0), inItem(4, "completed", 0), inItem(5, "skipped", 1, 0));
    expect(run.nodes.get("a")?.status).toBe("completed");
    expect(latestVisit(run.nodes.get("a"))?.path).toBe("loop[0]");
  });
});
