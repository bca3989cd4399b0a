import { expect, test } from "vitest";
import { ofNode, ofRun, ofWait } from "../run/events.fixture";
import type { LogEvent } from "../client/types";
import { eventWords } from "./event-words";

const ERROR = { error: { type: "T", message: "no answer" } };

test.each<[LogEvent, string]>([
  [ofRun(1, "completed", {}), "run completed"],
  [ofRun(1, "failed", ERROR), "run failed: no answer"],
  [ofRun(1, "resumed", {}), "run resumed"],
  [ofNode(1, "started", "a", 1, {}), "a started"],
  [ofNode(1, "started", "a", 3, {}), "a #3 started"],
  [ofNode(1, "attempt_failed", "a", 1, ERROR, 2), "a attempt 2 failed: no answer"],
  [ofRun(1, "waiting", { due_at: null }), "run waits"],
  [ofNode(1, "waiting", "a", 1, { kind: "task", due_at: null }), "a waits for an answer"],
  [
    ofNode(1, "waiting", "a", 1, { kind: "signal", name: "paid", key: "7", due_at: null }),
    "a waits for the signal paid (7)",
  ],
  [ofWait(1, "task.created", { prompt: "Well?", assignee: "ada" }), "a asks ada: Well?"],
  [ofWait(1, "task.completed", { by: "bob" }), "a was answered by bob"],
  [ofWait(1, "signal.received", { name: "paid" }), "a got the signal paid"],
  [ofWait(1, "timer.fired", {}), "a timer fired"],
  [ofNode(1, "retrying", "a", 1, { delay_seconds: 1.5 }), "a tries again in 1.5 s"],
  [ofNode(1, "decided", "a", 1, { target: "b", taken: false }), "a → b not taken"],
  [{ ...ofNode(1, "completed", "a", 1, {}), path: "each[2]" }, "each[2].a completed"],
])("%# reads %s", (event, words) => {
  expect(eventWords(event)).toBe(words);
});
