import { expect, test } from "vitest";
import type { Breakpoint } from "../client/types";
import { breakpointsAt, breakpointsOf, limitWords, newBreakpoint, placeWords, type Spot } from "./breakpoints";

const SPOTS: Spot[] = [
  { on: "before", id: "a" },
  { on: "error", id: null },
  { on: "edge", id: "a->b" },
];
const LIST: Breakpoint[] = SPOTS.map((spot, index) => ({ ...newBreakpoint(spot), id: String(index) }));
const NAMES = new Map([["a", "Ask"]]);

test("a breakpoint is found where it was set, and nowhere else", () => {
  for (const [index, spot] of SPOTS.entries()) {
    expect(breakpointsAt(LIST, spot).map(({ id }) => id)).toEqual([String(index)]);
  }
  expect(breakpointsAt(LIST, { on: "after", id: "a" })).toEqual([]);
  expect(breakpointsOf(LIST, "a").map(({ id }) => id)).toEqual(["0"]);
});

test("it says where it stops, and when", () => {
  expect(LIST.map((point) => placeWords(point, NAMES))).toEqual([
    "Before Ask",
    "On an error of any node",
    "On a->b",
  ]);
  const [first] = LIST;
  if (first === undefined) throw new Error("there is one");
  expect(limitWords(first)).toBe("");
  expect(limitWords({ ...first, condition: "x > 1", hits: 3, is_enabled: false })).toBe(
    " if x > 1 from match 3 on (off)",
  );
});
