import { expect, test } from "vitest";
import { midpoint, roundedPath } from "./rounded-path";

const CORNER = [
  { x: 0, y: 0 },
  { x: 100, y: 0 },
  { x: 100, y: 100 },
];

test("corners are cut on both sides and rounded", () => {
  expect(roundedPath(CORNER, 10)).toBe("M 0 0 L 90 0 Q 100 0 100 10 L 100 100");
});

test("a short side is cut by half at most", () => {
  const points = [{ x: 0, y: 0 }, { x: 8, y: 0 }, { x: 8, y: 100 }];
  expect(roundedPath(points, 10)).toBe("M 0 0 L 4 0 Q 8 0 8 10 L 8 100");
});

test("no points make no path", () => {
  expect(roundedPath([], 10)).toBe("");
});

test("the middle lies half way along the line, not half way along the list", () => {
  expect(midpoint(CORNER)).toEqual({ x: 100, y: 0 });
  expect(midpoint([...CORNER, { x: 100, y: 300 }])).toEqual({ x: 100, y: 100 });
});
