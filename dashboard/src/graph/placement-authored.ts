/** The author's own placement, as an editor has saved it. */

import type { Graph } from "../client/types";
import { edgeLabel, labelSize } from "./edge-label";
import { NODE_SIZE } from "./placement";
import type { Direction, Placement, Point } from "./placement";
import { routesAround } from "./routes-around";

/** Null unless every node has a position, and in a workflow with containers: cards need more room. */
export function authoredPlacement(graph: Graph): Placement | null {
  const nodes = new Map<string, Point>();
  for (const node of graph.nodes) {
    if (node.position === null || node.parent !== null) return null;
    nodes.set(node.id, node.position);
  }
  const direction = mainDirection(graph, nodes);
  const stretched = stretch(graph, nodes, direction);
  const routes = routesAround(graph.edges, stretched, direction);
  return { direction, nodes: stretched, sizes: new Map(), routes };
}

const WIDEST_WORDS = 130;
const MOST_STRETCH = 1.6;

/** An editor draws smaller cards and no conditions: all steps grow alike until the words have room. */
function stretch(
  graph: Graph,
  nodes: ReadonlyMap<string, Point>,
  direction: Direction,
): ReadonlyMap<string, Point> {
  const factors = graph.edges.map((edge) => {
    const from = nodes.get(edge.source);
    const to = nodes.get(edge.target);
    const label = edgeLabel(edge);
    if (!from || !to || label === null) return 1;
    const words = labelSize(label);
    const [step, room] =
      direction === "right"
        ? [to.x - from.x, NODE_SIZE.width + Math.min(words.width, WIDEST_WORDS) + 48]
        : [to.y - from.y, NODE_SIZE.height + words.height + 44];
    return step > 0 ? room / step : 1;
  });
  const factor = Math.min(MOST_STRETCH, Math.max(1, ...factors));
  const [fx, fy] = direction === "right" ? [factor, 1] : [1, factor];
  return new Map([...nodes].map(([id, { x, y }]) => [id, { x: x * fx, y: y * fy }]));
}

function mainDirection(graph: Graph, nodes: ReadonlyMap<string, Point>): Direction {
  let across = 0;
  let down = 0;
  for (const { source, target } of graph.edges) {
    const from = nodes.get(source);
    const to = nodes.get(target);
    if (!from || !to) continue;
    across += Math.abs(to.x - from.x) / NODE_SIZE.width;
    down += Math.abs(to.y - from.y) / NODE_SIZE.height;
  }
  // Cards are about three times as wide as high, so equal steps mean a drawing from top to bottom.
  return across >= down / 2 ? "right" : "down";
}
