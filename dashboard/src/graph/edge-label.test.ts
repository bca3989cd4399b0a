import { expect, test } from "vitest";
import type { GraphEdge } from "../client/types";
import { edgeLabel, labelLines, labelSize } from "./edge-label";

const PLAIN: GraphEdge = {
  id: "e",
  source: "a",
  target: "b",
  handle: null,
  kind: "plain",
  condition: null,
  label: null,
};

test.each([
  [{ label: "yes", condition: "x > 1" }, "yes"],
  [{ condition: "x > 1" }, "x > 1"],
  [{ kind: "default" as const }, "otherwise"],
  [{ kind: "error" as const }, "on error"],
  [{ handle: "true" }, "true"],
  [{}, null],
])("the words on an edge %j are %j", (change, words) => {
  expect(edgeLabel({ ...PLAIN, ...change })).toBe(words);
});

test("a condition is shown whole, in lines that leave names whole", () => {
  const condition = 'classify.output.category == "technical" and classify.output.score >= 0.8';
  expect(labelLines("score.output >= 80")).toEqual(["score.output >= 80"]);
  expect(labelLines(condition)).toEqual([
    "classify.output.category ==",
    '"technical" and',
    "classify.output.score >= 0.8",
  ]);
  expect(labelSize(condition).height).toBeGreaterThan(labelSize("x").height);
});

test("what is longer still ends in dots", () => {
  expect(labelLines("x".repeat(70))).toEqual(["x".repeat(30), "x".repeat(30), "x".repeat(10)]);
  const lines = labelLines("x".repeat(500));
  expect(lines).toHaveLength(3);
  expect(lines.at(-1)).toBe(`${"x".repeat(29)}…`);
});

test("where little is left of the edge the lines are short", () => {
  expect(labelLines("input.kilograms <= 30", 120)).toEqual(["input.", "kilograms <=", "30"]);
});
