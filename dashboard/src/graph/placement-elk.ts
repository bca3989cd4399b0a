/** The final placement: layered, with edges that bend around nodes and loops. */

import type { ELK, ElkEdgeSection, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api";
import ElkClient from "elkjs/lib/elk-api.js";
import type { Graph } from "../wire/types";
import { backEdges } from "./back-edges";
import { edgeLabel, labelSize } from "./edge-label";
import { NODE_SIZE } from "./placement";
import type { Direction, Placement, Point, Route } from "./placement";

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
  return {
    direction,
    nodes: new Map(drawn.children?.map((child) => [child.id, pointOf(child)])),
    routes: new Map(drawn.edges?.map((edge) => [edge.id, routeOf(edge)])),
  };
}

function asElkGraph(graph: Graph, direction: Direction): ElkNode {
  const back = backEdges(graph);
  return {
    id: "graph",
    layoutOptions: { ...OPTIONS, "elk.direction": direction === "right" ? "RIGHT" : "DOWN" },
    children: graph.nodes.map(({ id }) => ({ id, ...NODE_SIZE })),
    edges: graph.edges.map((edge) => {
      const text = edgeLabel(edge);
      const labels = text ? [{ text, ...labelSize(text), layoutOptions: LABEL_OPTIONS }] : [];
      const layoutOptions = back.has(edge.id) ? {} : FORWARD;
      return { id: edge.id, sources: [edge.source], targets: [edge.target], labels, layoutOptions };
    }),
  };
}

function routeOf(edge: ElkExtendedEdge): Route {
  const label = edge.labels?.[0];
  const corner = label && pointOf(label);
  return {
    points: edge.sections?.flatMap(pointsOf) ?? [],
    labelAt: corner
      ? { x: corner.x + (label.width ?? 0) / 2, y: corner.y + (label.height ?? 0) / 2 }
      : null,
  };
}

function pointsOf(section: ElkEdgeSection): Point[] {
  return [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
}

function pointOf(shape: { readonly x?: number; readonly y?: number }): Point {
  return { x: shape.x ?? 0, y: shape.y ?? 0 };
}
