/** The node that a watcher of the run wants to see. */

import { latestVisit, type NodeView, type RunView } from "./view";

/** The node at work that began last; when the run is over the node that failed it; else none. */
export function centreOfAction(run: RunView): string | null {
  if (run.finishedAt !== null) return run.error?.node_id ?? null;
  const open = [...run.nodes.values()].filter(isAtWork);
  open.sort((a, b) => startOf(b) - startOf(a));
  return open[0]?.id ?? null;
}

function isAtWork({ status }: NodeView): boolean {
  return status === "running" || status === "retrying";
}

function startOf(node: NodeView): number {
  return latestVisit(node)?.startedSeq ?? 0;
}
