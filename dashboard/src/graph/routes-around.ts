/**
 * Finds ways for edges between nodes that stand where somebody put them.
 *
 * All is reckoned as if the drawing went down; one that goes to the right is mirrored before and
 * after.
 */

import type { GraphEdge } from "../client/types";
import { NODE_SIZE, type Direction, type Point, type Route } from "./placement";

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const REACH = 14;
const MARGIN = 10;
const PORT_GAP = 28;
const MOST_LANES = 60;

export function routesAround(
  edges: readonly GraphEdge[],
  nodes: ReadonlyMap<string, Point>,
  direction: Direction,
): Map<string, Route> {
  const isRight = direction === "right";
  const boxes = new Map([...nodes].map(([id, corner]) => [id, boxOf(corner, isRight)]));
  const exits = ports(edges, boxes, "source", "target");
  const entries = ports(edges, boxes, "target", "source");
  const taken: number[] = [];
  const routes = new Map<string, Route>();
  for (const edge of edges) {
    const from = boxes.get(edge.source);
    const to = boxes.get(edge.target);
    if (!from || !to) continue;
    const start = { x: exits.get(edge.id) ?? middle(from), y: from.bottom };
    const end = { x: entries.get(edge.id) ?? middle(to), y: to.top };
    const points = way(start, end, [...boxes.values()], taken);
    routes.set(edge.id, asRoute(isRight ? points.map(mirrored) : points, isRight));
  }
  return routes;
}

function boxOf(corner: Point, isRight: boolean): Box {
  const { x, y } = isRight ? mirrored(corner) : corner;
  const [width, height] = isRight
    ? [NODE_SIZE.height, NODE_SIZE.width]
    : [NODE_SIZE.width, NODE_SIZE.height];
  return { left: x, right: x + width, top: y, bottom: y + height };
}

/** Spreads the ends of edges along the side of their node, in the order of their other ends. */
function ports(
  edges: readonly GraphEdge[],
  boxes: ReadonlyMap<string, Box>,
  near: "source" | "target",
  far: "source" | "target",
): Map<string, number> {
  const places = new Map<string, number>();
  for (const [id, box] of boxes) {
    const ends = edges
      .filter((edge) => edge[near] === id)
      .map((edge) => ({ edge, x: middle(boxes.get(edge[far]) ?? box) }))
      .sort((a, b) => a.x - b.x);
    const gap = Math.min(PORT_GAP, (box.right - box.left) / (ends.length + 1));
    ends.forEach(({ edge }, index) => {
      places.set(edge.id, middle(box) + (index - (ends.length - 1) / 2) * gap);
    });
  }
  return places;
}

/** The straight way if nothing stands in it, else the nearest free lane beside what does. */
function way(start: Point, end: Point, boxes: readonly Box[], taken: number[]): Point[] {
  const isFree = (points: readonly Point[]) => !boxes.some((box) => crosses(points, box));
  if (end.y - start.y > 2 * REACH) {
    const step = stepped(start, end);
    if (isFree(step)) return step;
  }
  const wanted = (start.x + end.x) / 2;
  const lanes = boxes
    .flatMap(lanesBeside)
    .sort((a, b) => Math.abs(a.x - wanted) - Math.abs(b.x - wanted))
    .slice(0, MOST_LANES);
  const outermost = { x: Math.max(...boxes.map((box) => box.right)) + 2 * MARGIN, away: 1 };
  const lane = lanes.find(({ x }) => isFree(laned(start, end, x))) ?? outermost;
  // Edges that share a lane run side by side, each a little further from the node beside it.
  const before = taken.filter((x) => x === lane.x).length;
  taken.push(lane.x);
  return laned(start, end, lane.x + lane.away * before * MARGIN);
}

interface Lane {
  readonly x: number;
  readonly away: number;
}

function lanesBeside(box: Box): Lane[] {
  return [
    { x: box.right + 2 * MARGIN, away: 1 },
    { x: box.left - 2 * MARGIN, away: -1 },
  ];
}

/** Sideways soon after the start, so that the label has the longer stretch before the end. */
function stepped(start: Point, end: Point): Point[] {
  if (Math.abs(start.x - end.x) < 2) return [start, { x: start.x, y: end.y }];
  const y = start.y + Math.max(REACH, (end.y - start.y) * 0.3);
  return [start, { x: start.x, y }, { x: end.x, y }, end];
}

function laned(start: Point, end: Point, x: number): Point[] {
  const [out, back] = [start.y + REACH, end.y - REACH];
  return [start, { x: start.x, y: out }, { x, y: out }, { x, y: back }, { x: end.x, y: back }, end];
}

function crosses(points: readonly Point[], box: Box): boolean {
  return points.slice(1).some((to, index) => {
    const from = points[index] ?? to;
    return (
      Math.max(from.x, to.x) > box.left - MARGIN &&
      Math.min(from.x, to.x) < box.right + MARGIN &&
      Math.max(from.y, to.y) > box.top + 1 &&
      Math.min(from.y, to.y) < box.bottom - 1
    );
  });
}

/** The label lies on the longest stretch, and may be as wide as that where it lies along it. */
function asRoute(points: readonly Point[], isRight: boolean): Route {
  const stretches = points.slice(1).map((to, index) => ({ from: points[index] ?? to, to }));
  const along = stretches.filter(({ from, to }) => (isRight ? from.y === to.y : from.x === to.x));
  const longest = along.reduce<(typeof along)[number] | null>(
    (best, one) => (best === null || size(one) > size(best) ? one : best),
    null,
  );
  if (longest === null) return { points, labelAt: null };
  const { from, to } = longest;
  const labelAt = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return isRight ? { points, labelAt, labelRoom: size(longest) } : { points, labelAt };
}

function size({ from, to }: { readonly from: Point; readonly to: Point }): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

function middle(box: Box): number {
  return (box.left + box.right) / 2;
}

function mirrored({ x, y }: Point): Point {
  return { x: y, y: x };
}
