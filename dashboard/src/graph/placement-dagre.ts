/** The first placement: quick enough to happen before the first paint. */

import dagre from "@dagrejs/dagre";
import type { Graph } from "../wire/types";
import { edgeLabel, labelSize } from "./edge-label";
import { NODE_SIZE } from "./placement";
import type { Direction, Placement, Point, Route } from "./placement";

/** Above this size the first placement would hold up the page longer than the final one takes. */
export const LARGEST_QUICK_GRAPH = 400;

export function placeWithDagre(graph: Graph, direction: Direction): Placement {
  const drawing = new dagre.graphlib.Graph({ multigraph: true });
  drawing.setGraph({ rankdir: direction === "right" ? "LR" : "TB", nodesep: 32, ranksep: 56 });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) drawing.setNode(node.id, { ...NODE_SIZE });
  for (const edge of graph.edges) {
    const label = edgeLabel(edge);
    const size = label ? labelSize(label) : {};
    drawing.setEdge(edge.source, edge.target, { labelpos: "c", ...size }, edge.id);
  }
  dagre.layout(drawing);
  return { direction, nodes: nodesOf(graph, drawing), routes: routesOf(graph, drawing) };
}

type Drawing = InstanceType<typeof dagre.graphlib.Graph>;

function nodesOf(graph: Graph, drawing: Drawing): Map<string, Point> {
  return new Map(
    graph.nodes.map(({ id }) => {
      const centre = drawing.node(id) as Point;
      return [id, { x: centre.x - NODE_SIZE.width / 2, y: centre.y - NODE_SIZE.height / 2 }];
    }),
  );
}

function routesOf(graph: Graph, drawing: Drawing): Map<string, Route> {
  return new Map(
    graph.edges.map((edge) => {
      const drawn = drawing.edge(edge.source, edge.target, edge.id) as Partial<Point> & {
        points?: Point[];
      };
      const { points = [], x, y } = drawn;
      const labelAt = x === undefined || y === undefined ? null : { x, y };
      return [edge.id, { points, labelAt }];
    }),
  );
}
