/** Draws a line through points with round corners. */

import type { Point } from "./placement";

export function roundedPath(points: readonly Point[], radius: number): string {
  const [first, ...others] = points;
  if (first === undefined) return "";
  const parts = others.map((corner, index) => {
    const before = points[index] ?? first;
    const after = others[index + 1];
    if (after === undefined) return `L ${at(corner)}`;
    const start = towards(corner, before, radius);
    const end = towards(corner, after, radius);
    return `L ${at(start)} Q ${at(corner)} ${at(end)}`;
  });
  return [`M ${at(first)}`, ...parts].join(" ");
}

/** The point half way along a line. */
export function midpoint(points: readonly Point[]): Point {
  const steps = points.slice(1).map((to, index) => ({ from: points[index] ?? to, to }));
  let left = steps.reduce((sum, { from, to }) => sum + lengthOf(from, to), 0) / 2;
  for (const { from, to } of steps) {
    const length = lengthOf(from, to);
    if (left <= length) return between(from, to, length === 0 ? 0 : left / length);
    left -= length;
  }
  return points[0] ?? { x: 0, y: 0 };
}

/** The point at most `distance` from one point on the way to another, never beyond half of it. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = lengthOf(from, to);
  return between(from, to, length === 0 ? 0 : Math.min(distance / length, 0.5));
}

function lengthOf(from: Point, to: Point): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

function between(from: Point, to: Point, share: number): Point {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function at(point: Point): string {
  return `${round(point.x)} ${round(point.y)}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
