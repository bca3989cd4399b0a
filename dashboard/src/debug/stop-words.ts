/** Where a visit has stopped and why, in words. */

import type { StopPosition, StopReason } from "../client/types";
import type { Stop } from "../run/debug-view";

const POSITIONS: Readonly<Record<StopPosition, string>> = {
  before: "before",
  after: "after",
  error: "on the error of",
};

const REASONS: Readonly<Record<StopReason, string>> = {
  breakpoint: "by a breakpoint",
  step: "by a step",
  run_to: "since the run was to go to here",
  pause: "by the pause of the run",
};

/** `before greet #2`. */
export function stopWords(stop: Stop, names: ReadonlyMap<string, string>): string {
  const inside = stop.path === "" ? "" : `${stop.path} › `;
  const again = stop.visit > 1 ? ` #${stop.visit}` : "";
  const name = names.get(stop.node_id) ?? stop.node_id;
  return `${POSITIONS[stop.position]} ${inside}${name}${again}`;
}

export function stopHeadline({ position, reason, edgeId }: Stop): string {
  if (edgeId !== null) return `Stopped ${REASONS[reason]}, about to take ${edgeId}`;
  switch (position) {
    case "before":
      return `Stopped before its work, ${REASONS[reason]}`;
    case "after":
      return `Stopped after its work, ${REASONS[reason]}`;
    case "error":
      return `Stopped since it has failed, ${REASONS[reason]}`;
  }
}
