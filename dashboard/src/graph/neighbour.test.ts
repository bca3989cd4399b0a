import { expect, test } from "vitest";
import { neighbour } from "./neighbour";

const NODES = new Map([
  ["a", { x: 0, y: 0 }],
  ["b", { x: 300, y: 20 }],
  ["c", { x: 300, y: 200 }],
  ["d", { x: 600, y: 0 }],
]);

test.each([
  ["a", "ArrowRight", "b"],
  ["b", "ArrowDown", "c"],
  ["c", "ArrowUp", "b"],
  ["d", "ArrowLeft", "b"],
  ["d", "ArrowRight", null],
  ["a", "Enter", null],
])("from %s, %s leads to %s", (from, key, to) => {
  expect(neighbour(NODES, from, key)).toBe(to);
});
