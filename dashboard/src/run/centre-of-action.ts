/** The node that a watcher of the run wants to see. */

import { latestVisit, type NodeView, type RunView } from "./view";

/**
 * The node at work that began last, else the one that waits; when the run is over the node that
 * failed it; else none.
 */
export function centreOfAction(run: RunView): string | null {
  if (run.finishedAt !== null) return run.error?.node_id ?? null;
  const nodes = [...run.nodes.values()].sort((a, b) => startOf(b) - startOf(a));
  const node = nodes.find(isAtWork) ?? nodes.find(rests);
  return node?.id ?? null;
}

function isAtWork({ status }: NodeView): boolean {
  return status === "running" || status === "retrying";
}

function startOf(node: NodeView): number {
  return latestVisit(node)?.startedSeq ?? 0;
}

function rests({ status }: NodeView): boolean {
  return status === "waiting" || status === "paused";
}
