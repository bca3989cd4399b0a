/** How a run is being debugged, as a part of its view. */

import type {
  Breakpoint,
  DataOf,
  Json,
  RunError,
  StopPosition,
  StopReason,
  VisitAddress,
} from "../client/types";

type ToldBreakpoint = DataOf<"workflow.breakpoints.set">["breakpoints"][number];

export interface DebugView {
  readonly breakpoints: readonly Breakpoint[];
  /** How often breakpoints that count have matched, by their ids. */
  readonly matches: ReadonlyMap<string, number>;
  /** Whether every visit stops before it begins. */
  readonly isStepping: boolean;
  /** The node before which the run stops once. */
  readonly until: string | null;
  /** In the order in which the visits stopped. */
  readonly stops: readonly Stop[];
}

/** A visit that has stopped, and what it would go on with, as edited. */
export interface Stop extends VisitAddress {
  readonly position: StopPosition;
  readonly reason: StopReason;
  readonly breakpointId: string | null;
  readonly edgeId: string | null;
  readonly input: Json;
  /** Undefined where there is none: its work is yet to be done and nobody has given one. */
  readonly output: Json | undefined;
  /** The values that somebody gave to variables. */
  readonly variables: Readonly<Record<string, Json>>;
  readonly error: RunError | null;
  readonly seq: number;
}

export const NOT_DEBUGGED: DebugView = {
  breakpoints: [],
  matches: new Map(),
  isStepping: false,
  until: null,
  stops: [],
};

/** A breakpoint as an event tells it, with what the event leaves out. */
export function asBreakpoint(told: ToldBreakpoint): Breakpoint {
  const whole = { on: "before" as const, node_id: null, edge_id: null, condition: null };
  return { ...whole, hits: 1, is_enabled: true, ...told };
}

export function isSameVisit(a: VisitAddress, b: VisitAddress): boolean {
  return a.node_id === b.node_id && a.path === b.path && a.visit === b.visit;
}

/** A visit as one word, for addresses of pages. */
export function visitKey({ node_id: nodeId, path, visit }: VisitAddress): string {
  return `${nodeId}/${path}/${visit}`;
}

/**
 * The stop that commands are about: that of the visit that is looked at, else the last one of the
 * node that is, else the last one of all.
 */
export function selectedStop(
  { stops }: DebugView,
  nodeId: string | null,
  key: string | null,
): Stop | null {
  const ofVisit = stops.find((stop) => visitKey(stop) === key && stop.node_id === nodeId);
  const ofNode = stops.findLast((stop) => stop.node_id === nodeId);
  return ofVisit ?? ofNode ?? stops.at(-1) ?? null;
}
