/** The final placement: layered, with edges that bend around nodes and loops. */

import type { ELK, ElkEdgeSection, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api";
import ElkClient from "elkjs/lib/elk-api.js";
import type { Graph, GraphEdge, GraphNode } from "../client/types";
import { backEdges } from "./back-edges";
import { edgeLabel, labelSize } from "./edge-label";
import { NODE_SIZE, PADDING } from "./placement";
import type { Direction, Placement, Point, Route, Size } from "./placement";
import { scopesOf, TOP, type Scope } from "./scopes";

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.feedbackEdges": "true",
  "elk.layered.considerModelOrder.strategy": "PREFER_EDGES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.layered.spacing.nodeNodeBetweenLayers": "48",
  "elk.layered.spacing.edgeNodeBetweenLayers": "20",
  "elk.spacing.nodeNode": "32",
  "elk.spacing.edgeNode": "20",
  "elk.spacing.edgeEdge": "14",
  "elk.spacing.edgeLabel": "4",
} as const;

const LABEL_OPTIONS = { "elk.edgeLabels.placement": "CENTER", "elk.edgeLabels.inline": "true" };

/** Where a loop has to be broken, the edge that closes it goes against the reading direction. */
const FORWARD = { "elk.layered.priority.direction": "10" };

let engine: ELK | null = null;

/** One worker for the page's life, started with the first drawing. */
function layoutEngine(): ELK {
  engine ??= new ElkClient({
    workerFactory: () =>
      new Worker(new URL("./elk.worker.ts", import.meta.url), { type: "module", name: "layout" }),
  });
  return engine;
}

export async function placeWithElk(graph: Graph, direction: Direction): Promise<Placement> {
  const drawn = await layoutEngine().layout(asElkGraph(graph, direction));
  const found = {
    nodes: new Map<string, Point>(),
    sizes: new Map<string, Size>(),
    routes: new Map<string, Route>(),
  };
  collect(drawn, { x: 0, y: 0 }, found);
  return { direction, ...found };
}

interface Found {
  readonly nodes: Map<string, Point>;
  readonly sizes: Map<string, Size>;
  readonly routes: Map<string, Route>;
}

/** The engine tells places inside of a container from the container's corner. */
function collect(drawn: ElkNode, corner: Point, found: Found): void {
  for (const edge of drawn.edges ?? []) found.routes.set(edge.id, routeOf(edge, corner));
  for (const child of drawn.children ?? []) {
    const at = shifted(pointOf(child), corner);
    found.nodes.set(child.id, at);
    if (!child.children) continue;
    found.sizes.set(child.id, { width: child.width ?? 0, height: child.height ?? 0 });
    collect(child, at, found);
  }
}

function shifted(point: Point, by: Point): Point {
  return { x: point.x + by.x, y: point.y + by.y };
}

function asElkGraph(graph: Graph, direction: Direction): ElkNode {
  const scopes = scopesOf(graph);
  const back = backEdges(graph);
  const { top, left, bottom, right } = PADDING;
  const inner = {
    "elk.padding": `[top=${top},left=${left},bottom=${bottom},right=${right}]`,
    "elk.nodeSize.constraints": "MINIMUM_SIZE",
    "elk.nodeSize.minimum": `(${NODE_SIZE.width},${NODE_SIZE.height})`,
  };
  const asNode = ({ id }: GraphNode): ElkNode => {
    const scope = scopes.get(id);
    return scope ? { id, ...asScope(scope, inner) } : { id, ...NODE_SIZE };
  };
  const asScope = (scope: Scope, options: Record<string, string>) => ({
    layoutOptions: {
      ...OPTIONS,
      ...options,
      "elk.direction": direction === "right" ? "RIGHT" : "DOWN",
    },
    children: scope.nodes.map(asNode),
    edges: scope.edges.map((edge) => asElkEdge(edge, back.has(edge.id))),
  });
  return { id: "graph", ...asScope(scopes.get(TOP) ?? { nodes: [], edges: [] }, {}) };
}

function asElkEdge(edge: GraphEdge, isBack: boolean): ElkExtendedEdge {
  const text = edgeLabel(edge);
  const labels = text ? [{ text, ...labelSize(text), layoutOptions: LABEL_OPTIONS }] : [];
  const layoutOptions = isBack ? {} : FORWARD;
  return { id: edge.id, sources: [edge.source], targets: [edge.target], labels, layoutOptions };
}

function routeOf(edge: ElkExtendedEdge, by: Point): Route {
  const label = edge.labels?.[0];
  const middle = label && {
    x: (label.x ?? 0) + (label.width ?? 0) / 2,
    y: (label.y ?? 0) + (label.height ?? 0) / 2,
  };
  return {
    points: (edge.sections?.flatMap(pointsOf) ?? []).map((point) => shifted(point, by)),
    labelAt: middle ? shifted(middle, by) : null,
  };
}

function pointsOf(section: ElkEdgeSection): Point[] {
  return [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
}

function pointOf(shape: { readonly x?: number; readonly y?: number }): Point {
  return { x: shape.x ?? 0, y: shape.y ?? 0 };
}
