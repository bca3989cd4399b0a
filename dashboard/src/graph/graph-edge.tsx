/** Draws an edge: the way it goes, what it is taken for, and whether it was taken. */

import {
  BaseEdge,
  EdgeLabelRenderer,
  getSmoothStepPath,
  type Edge,
  type EdgeProps,
} from "@xyflow/react";
import { memo } from "react";
import { EdgeDot } from "../debug/break-dots";
import { edgeState, timesTaken, type EdgeState } from "../run/edge-view";
import { useRunPart } from "../run/store";
import type { GraphEdge } from "../client/types";
import { edgeLabel, labelLines } from "./edge-label";
import type { Point, Route } from "./placement";
import { midpoint, roundedPath } from "./rounded-path";

export type RouteEdge = Edge<{ readonly edge: GraphEdge; readonly route: Route | null }, "route">;

const MARKS: Readonly<Record<EdgeState, string>> = {
  open: "",
  flowing: "✓",
  taken: "✓",
  refused: "✕",
  dead: "",
};

export const GraphEdgeLine = memo(function GraphEdgeLine(props: EdgeProps<RouteEdge>) {
  const { edge, route } = props.data ?? {};
  const state = useRunPart((run) => (edge ? edgeState(run, edge) : "open"), "open");
  const times = useRunPart((run) => (edge ? timesTaken(run, edge) : 0), 0);
  if (!edge) return null;
  const { path, x, y } = wayOf(props, route ?? null);
  const dot = dotOf(props, route ?? null);
  const label = edgeLabel(edge);
  const needsWords = label !== null || times > 1;
  return (
    <>
      <BaseEdge
        path={path}
        className={`edge-line edge-${state} edge-kind-${edge.kind}`}
        {...(props.markerEnd === undefined ? {} : { markerEnd: `url(#arrow-${state})` })}
      />
      <EdgeLabelRenderer>
        <EdgeDot edgeId={edge.id} x={dot.x} y={dot.y} />
      </EdgeLabelRenderer>
      {needsWords && (
        <EdgeLabelRenderer>
          <div
            className={`edge-label edge-label-${state}`}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            title={label ?? undefined}
          >
            {label !== null && MARKS[state] !== "" && (
              <span className="edge-mark">
                {MARKS[state]}
                <span className="sr-only">{state === "refused" ? "not taken: " : "taken: "}</span>
              </span>
            )}
            {label !== null && (
              <span className="edge-words">{labelLines(label, route?.labelRoom).join("\n")}</span>
            )}
            {times > 1 && <span className="edge-times">×{times}</span>}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** Where the dot of a breakpoint is: a little after the source, which stops there. */
function dotOf({ sourceX, sourceY, targetX, targetY }: EdgeProps<RouteEdge>, route: Route | null): Point {
  const [from, to] = route?.points ?? [];
  if (from && to) return towards(from, to);
  return towards({ x: sourceX, y: sourceY }, { x: targetX, y: targetY });
}

const DOT_PX = 16;

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(0.5, DOT_PX / length);
  return { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
}

interface Way {
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

function wayOf(props: EdgeProps<RouteEdge>, route: Route | null): Way {
  if (route !== null && route.points.length > 1) {
    const { x, y } = route.labelAt ?? midpoint(route.points);
    return { path: roundedPath(route.points, 10), x, y };
  }
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 10, offset: 24 });
  return { path, x, y };
}
