/** Draws a workflow. Inside a run's context its nodes and edges show how the run stands. */

import { Background, Controls, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { Graph } from "../client/types";
import { ArrowHeads } from "./arrow-heads";
import { GraphEdgeLine, type RouteEdge } from "./graph-edge";
import { GraphNodeCard, type CardNode } from "./graph-node";
import { FollowButton } from "./follow-button";
import { bestDirection, canBeMapped, firstView, READABLE_ZOOM } from "./frame";
import { neighbour } from "./neighbour";
import { NODE_SIZE, sizeOf, type Placement, type Size } from "./placement";
import { depthsOf } from "./scopes";
import { SelectContext, type SelectActions } from "./select-context";
import { StatusMap } from "./status-map";
import { useFollowing } from "./use-following";
import { usePlacement } from "./use-placement";

export interface WorkflowGraphProps {
  readonly graph: Graph;
  readonly selectedId: string | null;
  readonly onSelect: (nodeId: string) => void;
  readonly problemCounts?: ReadonlyMap<string, number>;
}

const NODE_TYPES = { card: GraphNodeCard };
const EDGE_TYPES = { route: GraphEdgeLine };
const NO_PROBLEMS: ReadonlyMap<string, number> = new Map();

export function WorkflowGraph(props: WorkflowGraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  return (
    <div ref={frame} className="graph-frame">
      {size !== null && (
        <ReactFlowProvider>
          <Drawing {...props} size={size} frame={frame} />
        </ReactFlowProvider>
      )}
    </div>
  );
}

interface DrawingProps extends WorkflowGraphProps {
  readonly size: Size;
  readonly frame: RefObject<HTMLDivElement | null>;
}

function Drawing({ graph, selectedId, onSelect, size, frame, problemCounts }: DrawingProps) {
  const direction = useMemo(() => bestDirection(graph, size), [graph, size]);
  const placement = usePlacement(graph, direction);
  const actions = useActions(placement, onSelect, frame);
  const nodes = useNodes(graph, placement, selectedId, problemCounts ?? NO_PROBLEMS);
  const edges = useEdges(graph, placement);
  useFirstLook(placement, size);
  const following = useFollowing(placement, size);
  const isMapped = useMemo(() => placement !== null && canBeMapped(placement), [placement]);
  if (placement === null) return <p className="graph-wait">Placing {graph.nodes.length} nodes…</p>;
  return (
    <SelectContext value={actions}>
      <ArrowHeads />
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        minZoom={0.05}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        onMoveStart={(event) => {
          // Moves that the page makes itself have no event.
          if (event !== null) following.set(false);
        }}
        aria-label={`Graph of ${graph.name}`}
      >
        <Background gap={20} size={1.2} />
        <Controls showInteractive={false} fitViewOptions={{ padding: 0.08, maxZoom: 1 }}>
          <FollowButton following={following} />
        </Controls>
        {isMapped && <StatusMap />}
      </ReactFlow>
    </SelectContext>
  );
}

/** The frame's size, steady while the window is only nudged, so that a drawing keeps its place. */
function useSize(frame: RefObject<HTMLDivElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    if (frame.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      setSize((before) => (before && isNear(before, width, height) ? before : { width, height }));
    });
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
    };
  }, [frame]);
  return size;
}

const NUDGE = 0.25;

function isNear(before: Size, width: number, height: number): boolean {
  const isWidthNear = Math.abs(before.width - width) < NUDGE * before.width;
  return isWidthNear && Math.abs(before.height - height) < NUDGE * before.height;
}

function useNodes(
  graph: Graph,
  placement: Placement | null,
  selectedId: string | null,
  problemCounts: ReadonlyMap<string, number>,
): CardNode[] {
  const plain = useMemo<CardNode[]>(() => {
    const depths = depthsOf(graph);
    return graph.nodes.map((node) => ({
      id: node.id,
      type: "card",
      position: placement?.nodes.get(node.id) ?? { x: 0, y: 0 },
      ...sizeOf(placement, node.id),
      zIndex: 2 * (depths.get(node.id) ?? 0),
      data: {
        node,
        isContainer: placement?.sizes.has(node.id) ?? false,
        direction: placement?.direction ?? "right",
        isSelected: false,
        problemCount: problemCounts.get(node.id) ?? 0,
      },
    }));
  }, [graph, placement, problemCounts]);
  return useMemo(
    () =>
      plain.map((node) =>
        node.id === selectedId ? { ...node, data: { ...node.data, isSelected: true } } : node,
      ),
    [plain, selectedId],
  );
}

function useEdges(graph: Graph, placement: Placement | null): RouteEdge[] {
  return useMemo(() => {
    const depths = depthsOf(graph);
    return graph.edges.map((edge) => ({
      id: edge.id,
      type: "route",
      source: edge.source,
      target: edge.target,
      // Over the container that it is in, under the nodes that it connects.
      zIndex: Math.max(0, 2 * (depths.get(edge.source) ?? 0) - 1),
      markerEnd: "arrow",
      data: { edge, route: placement?.routes.get(edge.id) ?? null },
    }));
  }, [graph, placement]);
}

function useActions(
  placement: Placement | null,
  onSelect: (nodeId: string) => void,
  frame: RefObject<HTMLDivElement | null>,
): SelectActions {
  const flow = useReactFlow();
  return useMemo(
    () => ({
      select: onSelect,
      reveal(nodeId) {
        const corner = placement?.nodes.get(nodeId);
        if (!corner || isInSight(frame.current, nodeId)) return;
        const x = corner.x + NODE_SIZE.width / 2;
        const y = corner.y + NODE_SIZE.height / 2;
        void flow.setCenter(x, y, { zoom: Math.max(flow.getZoom(), READABLE_ZOOM) });
      },
      move(nodeId, event) {
        const next = placement && neighbour(placement.nodes, nodeId, event.key);
        if (next === null) return;
        event.preventDefault();
        cardOf(frame.current, next)?.focus();
      },
    }),
    [flow, frame, onSelect, placement],
  );
}

function isInSight(frame: HTMLElement | null, nodeId: string): boolean {
  const card = cardOf(frame, nodeId)?.getBoundingClientRect();
  const sight = frame?.getBoundingClientRect();
  if (!card || !sight) return false;
  const isInside = card.left >= sight.left && card.right <= sight.right;
  return isInside && card.top >= sight.top && card.bottom <= sight.bottom;
}

function cardOf(frame: HTMLElement | null, nodeId: string): HTMLElement | null {
  return frame?.querySelector<HTMLElement>(`[data-node-id="${CSS.escape(nodeId)}"]`) ?? null;
}

function useFirstLook(placement: Placement | null, size: Size): void {
  const flow = useReactFlow();
  useEffect(() => {
    if (placement && placement.nodes.size > 0) void flow.setViewport(firstView(placement, size));
  }, [flow, placement, size]);
}
