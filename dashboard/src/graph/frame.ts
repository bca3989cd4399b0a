/** The frame of a drawing: what fits into it, and how. */

import type { Graph } from "../client/types";
import { NODE_SIZE, sizeOf } from "./placement";
import type { Direction, Placement, Point, Size } from "./placement";
import { LARGEST_QUICK_GRAPH, placeWithDagre } from "./placement-dagre";

export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** Below this zoom the names on the cards cannot be read. */
export const READABLE_ZOOM = 0.6;

const NARROW = 560;
const WIDEST_MARGIN = 40;
/** People read from left to right, so that wins unless the other way is much larger. */
const PREFERENCE = 1.15;

/** The direction in which the graph can be drawn larger. */
export function bestDirection(graph: Graph, frame: Size): Direction {
  if (frame.width < NARROW) return "down";
  if (graph.nodes.length > LARGEST_QUICK_GRAPH) return "right";
  const across = wholeZoom(placeWithDagre(graph, "right"), frame);
  const down = wholeZoom(placeWithDagre(graph, "down"), frame);
  return Math.min(1, down) > PREFERENCE * Math.min(1, across) ? "down" : "right";
}

/** Shows the whole graph where it can be read that way, else its beginning. */
export function firstView(placement: Placement, frame: Size): View {
  const box = boxOf(placement);
  const margin = marginOf(frame);
  const zoom = Math.max(READABLE_ZOOM, Math.min(1, wholeZoom(placement, frame)));
  const first = firstNode(placement);
  const x = startOf(frame.width, box.width * zoom, margin, (first.x - box.left) * zoom);
  const y = startOf(frame.height, box.height * zoom, margin, (first.y - box.top) * zoom);
  return { zoom, x: x - box.left * zoom, y: y - box.top * zoom };
}

/** Where a drawing begins along one side: in the middle if it fits, else so that `focus` is near it. */
function startOf(space: number, size: number, margin: number, focus: number): number {
  if (size + 2 * margin <= space) return (space - size) / 2;
  return Math.min(margin, Math.max(space - margin - size, space / 2 - focus));
}

/** The middle of the node that a reader begins with. */
function firstNode({ nodes, direction }: Placement): Point {
  const along = direction === "down" ? ({ y }: Point) => y : ({ x }: Point) => x;
  const corners = [...nodes.values()];
  const first = corners.reduce((a, b) => (along(b) < along(a) ? b : a));
  return { x: first.x + NODE_SIZE.width / 2, y: first.y + NODE_SIZE.height / 2 };
}

/** Whether the first view shows all of the graph. */
export function fitsWhole(placement: Placement, frame: Size): boolean {
  return wholeZoom(placement, frame) >= READABLE_ZOOM;
}

const MAP_FROM_NODES = 24;
const MAP_SIZE: Size = { width: 200, height: 150 };
const SMALLEST_SPECK = 1;

/** Whether a small map helps: there is much to find, and it can be seen there. */
export function canBeMapped(placement: Placement): boolean {
  const { width, height } = boxOf(placement);
  const zoom = Math.min(MAP_SIZE.width / width, MAP_SIZE.height / height);
  return placement.nodes.size >= MAP_FROM_NODES && NODE_SIZE.height * zoom >= SMALLEST_SPECK;
}

function wholeZoom(placement: Placement, frame: Size): number {
  const { width, height } = boxOf(placement);
  const margin = 2 * marginOf(frame);
  return Math.min((frame.width - margin) / width, (frame.height - margin) / height);
}

function marginOf(frame: Size): number {
  return Math.min(WIDEST_MARGIN, frame.width * 0.04);
}

function boxOf(placement: Placement) {
  const corners = [...placement.nodes].flatMap(([id, { x, y }]) => {
    const { width, height } = sizeOf(placement, id);
    return [
      { x, y },
      { x: x + width, y: y + height },
    ];
  });
  const points = [...corners, ...[...placement.routes.values()].flatMap((route) => route.points)];
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const left = xs.reduce((a, b) => Math.min(a, b), Infinity);
  const top = ys.reduce((a, b) => Math.min(a, b), Infinity);
  const right = xs.reduce((a, b) => Math.max(a, b), -Infinity);
  const bottom = ys.reduce((a, b) => Math.max(a, b), -Infinity);
  return { left, top, width: right - left, height: bottom - top };
}
