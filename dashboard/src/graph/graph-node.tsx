/** Draws a node as a card: what it is, how it stands, how often it ran. */

import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { memo, use, useState } from "react";
import { CardDots } from "../debug/break-dots";
import { useMark } from "../diff/marks";
import { Elapsed } from "../parts/elapsed";
import { STATUS_WORDS, StatusIcon } from "../parts/status";
import { useRunPart } from "../run/store";
import { latestVisit, visitCount, type NodeView } from "../run/view";
import type { GraphNode, NodeStatus } from "../client/types";
import type { Direction } from "./placement";
import { SelectContext } from "./select-context";

export type CardNode = Node<
  {
    readonly node: GraphNode;
    readonly direction: Direction;
    readonly isContainer: boolean;
    readonly isSelected: boolean;
    readonly problemCount: number;
  },
  "card"
>;

export const GraphNodeCard = memo(function GraphNodeCard({ data }: NodeProps<CardNode>) {
  const { node, direction, isContainer, isSelected, problemCount } = data;
  const shape = isContainer ? "node-card node-container" : "node-card";
  const view = useRunPart<NodeView | undefined>((run) => run.nodes.get(node.id), undefined);
  const isRun = useRunPart(() => true, false);
  const mark = useMark(node.id);
  const actions = use(SelectContext);
  const status: NodeStatus = view?.status ?? "pending";
  const count = visitCount(view);
  const [isNear, setNear] = useState(false);
  return (
    <div
      className="node-spot"
      onPointerEnter={() => {
        setNear(true);
      }}
      onPointerLeave={() => {
        setNear(false);
      }}
    >
      <Handle type="target" position={direction === "right" ? Position.Left : Position.Top} />
      <button
        type="button"
        className={`${shape} ${isRun ? `status-${status}` : "status-none"} ${mark ? `mark-${mark.name}` : ""}`}
        aria-pressed={isSelected}
        data-node-id={node.id}
        title={node.name}
        onClick={() => {
          actions.select(node.id);
        }}
        onFocus={(event) => {
          if (event.currentTarget.matches(":focus-visible")) actions.reveal(node.id);
        }}
        onKeyDown={(event) => {
          actions.move(node.id, event);
        }}
      >
        {isRun && <StatusIcon status={status} className="node-icon" />}
        <span className="node-words">
          <span className="node-name">{node.name}</span>
          <span className="node-detail">
            <span className="node-type">
              {node.slot === null ? node.type : `${node.slot}: ${node.type}`}
            </span>
            {isRun && <NodeDetail view={view} status={status} />}
            {mark && <span className="node-status">{mark.words}</span>}
          </span>
        </span>
        {count > 1 && (
          <span className="node-count">
            ×{count} <span className="sr-only">visits</span>
          </span>
        )}
        {problemCount > 0 && (
          <span className="node-problems">
            !<span className="sr-only"> has problems</span>
          </span>
        )}
        {isRun && <NodeProgress view={view} />}
      </button>
      <CardDots nodeId={node.id} name={node.name} isNear={isNear} />
      <Handle type="source" position={direction === "right" ? Position.Right : Position.Bottom} />
    </div>
  );
});

interface DetailProps {
  readonly view: NodeView | undefined;
  readonly status: NodeStatus;
}

function NodeDetail({ view, status }: DetailProps) {
  const visit = latestVisit(view);
  const runEnd = useRunPart((run) => run.finishedAt, null);
  return (
    <>
      <span className="node-status">
        {status === "pending" && runEnd !== null ? "Not reached" : STATUS_WORDS[status]}
        {status === "retrying" && visit ? ` · attempt ${visit.attempt}` : ""}
        {status === "failed" && visit?.handled ? ", handled" : ""}
      </span>
      {visit?.startedAt && (
        <span aria-hidden="true">
          <Elapsed from={visit.startedAt} to={visit.finishedAt ?? runEnd} />
        </span>
      )}
    </>
  );
}

function NodeProgress({ view }: { readonly view: NodeView | undefined }) {
  const visit = latestVisit(view);
  if (visit?.status !== "running" || visit.progress === 0) return null;
  return (
    <span className="node-progress" aria-hidden="true">
      <span style={{ transform: `scaleX(${visit.progress})` }} />
    </span>
  );
}
