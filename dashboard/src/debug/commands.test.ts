import { describe, expect, test } from "vitest";
import type { Stop } from "../run/debug-view";
import { COMMANDS, commandOf, isEndOfPause, isPossible, keyWord, type Situation } from "./commands";

const STOP: Stop = {
  node_id: "a",
  path: "",
  visit: 1,
  position: "before",
  reason: "breakpoint",
  breakpointId: null,
  edgeId: null,
  input: null,
  output: undefined,
  variables: {},
  error: null,
  seq: 3,
};
const RUNNING: Situation = {
  status: "running",
  isHeld: false,
  stops: [],
  selected: null,
  nodeId: null,
};
const STOPPED: Situation = { ...RUNNING, status: "paused", stops: [STOP], selected: STOP, nodeId: "a" };

function possible(situation: Situation) {
  return COMMANDS.filter((command) => isPossible(command, situation));
}

describe("what can be asked", () => {
  test("of a run at work is to pause", () => {
    expect(possible(RUNNING)).toEqual(["pause"]);
  });
  test("of one that is to pause is to go on after all", () => {
    expect(possible({ ...RUNNING, isHeld: true })).toEqual(["continue"]);
  });
  test("of one that has stopped is all but that", () => {
    expect(possible(STOPPED)).toEqual(["continue", "over", "into", "out", "to"]);
  });
  test("while other branches are at work is a pause, too", () => {
    expect(possible({ ...STOPPED, status: "running" })).toEqual([...COMMANDS]);
  });
  test("of one that was paused between two visits is to step", () => {
    expect(possible({ ...RUNNING, status: "paused" })).toEqual(["continue", "over", "into"]);
  });
  test.each(["completed", "failed", "cancelled", "cancelling"] as const)("of a %s one is nothing", (status) => {
    expect(possible({ ...STOPPED, status })).toEqual([]);
  });
});

test("a pause of the whole run ends as one", () => {
  expect(isEndOfPause(RUNNING)).toBe(true);
  expect(isEndOfPause(STOPPED)).toBe(false);
  expect(isEndOfPause({ ...STOPPED, stops: [STOP, { ...STOP, reason: "pause" }] })).toBe(true);
});

test("keys mean commands, unless they mean something else to the browser", () => {
  const stroke = { key: "F11", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  expect(commandOf(keyWord(stroke))).toBe("into");
  expect(commandOf(keyWord({ ...stroke, shiftKey: true }))).toBe("out");
  expect(commandOf(keyWord({ ...stroke, ctrlKey: true }))).toBeNull();
  expect(commandOf("a")).toBeNull();
});
