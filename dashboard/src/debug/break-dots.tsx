/** Breakpoints in the drawing: dots at the corners of a card, and on an edge. */

import { use } from "react";
import { limitWords, NODE_SPOTS, SPOT_WORDS, type Spot } from "./breakpoints";
import { BreakpointsContext, useToggle } from "./breakpoints-context";

export interface CardDotsProps {
  readonly nodeId: string;
  readonly name: string;
  /** Whether the pointer is at the card, which offers a dot to press. */
  readonly isNear: boolean;
}

export function CardDots({ nodeId, name, isNear }: CardDotsProps) {
  return NODE_SPOTS.map((on) => (
    <Dot
      key={on}
      spot={{ on, id: nodeId }}
      label={`Breakpoint: ${SPOT_WORDS[on].toLowerCase()}, ${name}`}
      isOffered={isNear && on === "before"}
    />
  ));
}

export interface EdgeDotProps {
  readonly edgeId: string;
  readonly x: number;
  readonly y: number;
}

/** Only of an edge that has one. */
export function EdgeDot({ edgeId, x, y }: EdgeDotProps) {
  const { list } = use(BreakpointsContext);
  if (!list.some((b) => b.on === "edge" && b.edge_id === edgeId)) return null;
  return (
    <div className="edge-dot" style={{ transform: `translate(${x}px, ${y}px)` }}>
      <Dot spot={{ on: "edge", id: edgeId }} label={`Breakpoint: on ${edgeId}`} isOffered={false} />
    </div>
  );
}

interface DotProps {
  readonly spot: Spot;
  readonly label: string;
  readonly isOffered: boolean;
}

/** For the pointer; the keyboard has the node's panel and F9. */
function Dot({ spot, label, isOffered }: DotProps) {
  const { actions } = use(BreakpointsContext);
  const { found, change } = useToggle(spot);
  const [first] = found;
  if (first === undefined && (!isOffered || actions === null)) return null;
  const kind = first === undefined ? "offered" : dotKind(found.some((b) => b.is_enabled));
  return (
    <button
      type="button"
      tabIndex={-1}
      className={`break-dot break-dot-${spot.on} break-dot-${kind}`}
      aria-label={label}
      aria-pressed={first !== undefined}
      title={change.error?.message ?? `${label}${first ? limitWords(first) : ""}`}
      disabled={actions === null || change.isPending}
      onClick={() => {
        change.mutate();
      }}
    >
      <span aria-hidden="true">{spot.on === "error" ? "!" : ""}</span>
    </button>
  );
}

function dotKind(isOn: boolean): string {
  return isOn ? "on" : "off";
}
