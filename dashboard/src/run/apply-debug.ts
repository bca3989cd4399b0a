/** What an event makes of how a run is debugged; `services/domain/debugging.py` decides the same. */

import type { LogEvent, StopPosition, VisitAddress, VisitEvent } from "../client/types";
import { asBreakpoint, isSameVisit, type DebugView, type Stop } from "./debug-view";

export function debugged(debug: DebugView, event: LogEvent): DebugView {
  switch (event.type) {
    case "workflow.run.created": {
      const wish = event.data.debug;
      if (!wish) return debug;
      const breakpoints = (wish.breakpoints ?? []).map(asBreakpoint);
      return { ...debug, breakpoints, isStepping: wish.is_stepping ?? false };
    }
    case "workflow.breakpoints.set": {
      const breakpoints = event.data.breakpoints.map(asBreakpoint);
      const same = new Set(breakpoints.filter((b) => isAmong(debug, b)).map(({ id }) => id));
      const matches = new Map([...debug.matches].filter(([id]) => same.has(id)));
      return { ...debug, breakpoints, matches };
    }
    case "workflow.breakpoint.hit": {
      const { breakpoint_id: id, hits } = event.data;
      return { ...debug, matches: new Map(debug.matches).set(id, hits) };
    }
    case "workflow.stepping.begun":
      return { ...debug, isStepping: true };
    case "workflow.run.continued": {
      const { released = [], until = null } = event.data;
      const isFree = (stop: Stop) =>
        released.some((r) => isSameVisit({ path: "", visit: 1, ...r.place }, stop) && r.position === stop.position);
      const stops = debug.stops.filter((stop) => !isFree(stop));
      return { ...debug, stops, until, isStepping: false };
    }
    default:
      return "node_id" in event ? afterVisitEvent(debug, event) : debug;
  }
}

/** Whether a breakpoint is as it was; one that was changed counts anew. */
function isAmong({ breakpoints }: DebugView, wanted: DebugView["breakpoints"][number]): boolean {
  return breakpoints.some((b) => JSON.stringify(b) === JSON.stringify(wanted));
}

function afterVisitEvent(debug: DebugView, event: VisitEvent): DebugView {
  const place = addressOf(event);
  switch (event.type) {
    case "workflow.node.paused":
      return {
        ...debug,
        until: event.data.reason === "run_to" ? null : debug.until,
        stops: [...debug.stops.filter((stop) => !isSameVisit(stop, place)), stopOf(event)],
      };
    case "workflow.state.edited":
      return withStops(debug, (stop) => (isSameVisit(stop, place) ? edited(stop, event) : stop));
    case "workflow.node.released":
      return event.data.position === null ? debug : without(debug, place, [event.data.position]);
    case "workflow.node.started":
      return without(debug, place, ["before"]);
    case "workflow.node.retrying":
      return without(debug, place, ["error"]);
    case "workflow.node.completed":
    case "workflow.node.failed":
    case "workflow.node.cancelled":
      return without(debug, place, ["before", "after", "error"]);
    default:
      return debug;
  }
}

function addressOf({ node_id, path, visit }: VisitEvent): VisitAddress {
  return { node_id, path, visit };
}

function stopOf(event: VisitEvent & { readonly type: "workflow.node.paused" }): Stop {
  const { position, reason, breakpoint_id, edge_id, input, output, error } = event.data;
  return {
    ...addressOf(event),
    position,
    reason,
    breakpointId: breakpoint_id ?? null,
    edgeId: edge_id ?? null,
    input: input ?? null,
    output: position === "after" ? (output ?? null) : undefined,
    variables: {},
    error: error ?? null,
    seq: event.seq,
  };
}

function edited(stop: Stop, { data }: VisitEvent & { readonly type: "workflow.state.edited" }): Stop {
  if (data.position !== stop.position) return stop;
  switch (data.target) {
    case "input":
      return { ...stop, input: data.value };
    case "output":
      return { ...stop, output: data.value };
    case "variable":
      return { ...stop, variables: { ...stop.variables, [data.name ?? ""]: data.value } };
  }
}

function without(
  debug: DebugView,
  place: VisitAddress,
  positions: readonly StopPosition[],
): DebugView {
  const isOver = (stop: Stop) => isSameVisit(stop, place) && positions.includes(stop.position);
  if (!debug.stops.some(isOver)) return debug;
  return { ...debug, stops: debug.stops.filter((stop) => !isOver(stop)) };
}

function withStops(debug: DebugView, change: (stop: Stop) => Stop): DebugView {
  return { ...debug, stops: debug.stops.map(change) };
}
