/** The small map of a large graph, coloured like its nodes. */

import { MiniMap, type MiniMapNodeProps } from "@xyflow/react";
import { useRunPart } from "../run/store";

export function StatusMap() {
  return <MiniMap pannable zoomable ariaLabel="Map of the graph" nodeComponent={MapNode} />;
}

function MapNode({ id, x, y, width, height }: MiniMapNodeProps) {
  const status = useRunPart((run) => run.nodes.get(id)?.status ?? "pending", "pending");
  return (
    <rect className={`map-node status-${status}`} {...{ x, y, width, height }} rx={12} />
  );
}
