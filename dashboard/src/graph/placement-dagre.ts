/** The first placement: quick enough to happen before the first paint. */

import dagre from "@dagrejs/dagre";
import type { Graph } from "../client/types";
import { edgeLabel, labelSize } from "./edge-label";
import { NODE_SIZE, PADDING } from "./placement";
import type { Direction, Placement, Point, Route, Size } from "./placement";
import { scopesOf, TOP, type Scope } from "./scopes";

/** Above this size the first placement would hold up the page longer than the final one takes. */
export const LARGEST_QUICK_GRAPH = 400;

export function placeWithDagre(graph: Graph, direction: Direction): Placement {
  const scopes = scopesOf(graph);
  const place = (name: string): Placement => {
    const scope = scopes.get(name) ?? { nodes: [], edges: [] };
    const inside = new Map(
      scope.nodes.filter(({ id }) => scopes.has(id)).map(({ id }) => [id, place(id)]),
    );
    return placeScope(scope, inside, direction);
  };
  return place(TOP);
}

/** One scope, in which a container is as large as what was placed inside of it. */
function placeScope(
  scope: Scope,
  inside: ReadonlyMap<string, Placement>,
  direction: Direction,
): Placement {
  const sizes = new Map([...inside].map(([id, placement]) => [id, sizeAround(placement)]));
  const drawing = new dagre.graphlib.Graph({ multigraph: true });
  drawing.setGraph({ rankdir: direction === "right" ? "LR" : "TB", nodesep: 32, ranksep: 56 });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const { id } of scope.nodes) drawing.setNode(id, { ...(sizes.get(id) ?? NODE_SIZE) });
  for (const edge of scope.edges) {
    const label = edgeLabel(edge);
    const size = label ? labelSize(label) : {};
    drawing.setEdge(edge.source, edge.target, { labelpos: "c", ...size }, edge.id);
  }
  dagre.layout(drawing);
  let all: Placement = {
    direction,
    sizes,
    nodes: nodesOf(scope, drawing),
    routes: routesOf(scope, drawing),
  };
  for (const [id, placement] of inside) all = withInside(all, id, placement);
  return all;
}

function sizeAround({ nodes, sizes }: Placement): Size {
  const ends = [...nodes].map(([id, { x, y }]) => {
    const { width, height } = sizes.get(id) ?? NODE_SIZE;
    return { x: x + width, y: y + height };
  });
  return {
    width: Math.max(...ends.map(({ x }) => x)) + PADDING.left + PADDING.right,
    height: Math.max(...ends.map(({ y }) => y)) + PADDING.top + PADDING.bottom,
  };
}

function withInside(outer: Placement, container: string, inner: Placement): Placement {
  const corner = outer.nodes.get(container) ?? { x: 0, y: 0 };
  const shift = ({ x, y }: Point) => ({
    x: x + corner.x + PADDING.left,
    y: y + corner.y + PADDING.top,
  });
  const nodes = [...inner.nodes].map(([id, at]) => [id, shift(at)] as const);
  const routes = [...inner.routes].map(([id, { points, labelAt }]) => {
    return [id, { points: points.map(shift), labelAt: labelAt && shift(labelAt) }] as const;
  });
  return {
    direction: outer.direction,
    nodes: new Map([...outer.nodes, ...nodes]),
    sizes: new Map([...outer.sizes, ...inner.sizes]),
    routes: new Map([...outer.routes, ...routes]),
  };
}

type Drawing = InstanceType<typeof dagre.graphlib.Graph>;

function nodesOf(scope: Scope, drawing: Drawing): Map<string, Point> {
  return new Map(
    scope.nodes.map(({ id }) => {
      const { x, y, width, height } = drawing.node(id) as Point & Size;
      return [id, { x: x - width / 2, y: y - height / 2 }];
    }),
  );
}

function routesOf(scope: Scope, drawing: Drawing): Map<string, Route> {
  return new Map(
    scope.edges.map((edge) => {
      const drawn = drawing.edge(edge.source, edge.target, edge.id) as Partial<Point> & {
        points?: Point[];
      };
      const { points = [], x, y } = drawn;
      const labelAt = x === undefined || y === undefined ? null : { x, y };
      return [edge.id, { points, labelAt }];
    }),
  );
}
