/** Everything about one node of a run: one visit at a time, and why it went on as it did. */

import { useMemo, useState } from "react";
import { PanelHead } from "../parts/panel-head";
import { StatusPill } from "../parts/status";
import { Link, runPath, setQuery } from "../router";
import type { RunSnapshot } from "../run/store";
import { isKept, isOver, type NodeView, type VisitView } from "../run/view";
import type { Graph, LogEvent, Source } from "../client/types";
import { EventLog } from "./event-log";
import { OutgoingEdges } from "./outgoing-edges";
import { RetryButton } from "./retry-button";
import { VisitDetails } from "./visit-details";
import { VisitPicker } from "./visit-picker";

export interface NodePanelProps {
  readonly snapshot: RunSnapshot;
  readonly graph: Graph;
  readonly nodeId: string;
}

/** The latest visit is followed until the reader picks another one. */
const LATEST = -1;

export function NodePanel({ snapshot, graph, nodeId }: NodePanelProps) {
  const [picked, setPicked] = useState(LATEST);
  const node = graph.nodes.find(({ id }) => id === nodeId);
  const view = snapshot.view.nodes.get(nodeId);
  const index = picked === LATEST ? (view?.visits.length ?? 0) - 1 : picked;
  const visit = view?.visits[index];
  const isOpenVisit = visit !== undefined && visit.startedAt !== null && visit.finishedAt === null;
  return (
    <>
      <PanelHead
        title={node?.name ?? nodeId}
        detail={node?.type ?? "unknown node"}
        nodeId={nodeId}
        onClose={() => {
          setQuery("node", null);
        }}
      />
      <div className="panel-body">
        <div className="flex flex-wrap items-center gap-3">
          <StatusPill status={visit?.status ?? "pending"} />
          {view && view.visits.length > 1 && (
            <VisitPicker
              visits={view.visits}
              index={index}
              onPick={(next) => {
                setPicked(next === view.visits.length - 1 ? LATEST : next);
              }}
            />
          )}
        </div>
        {visit && isKept(snapshot.view, visit) && <From source={snapshot.view.source} />}
        {visit && visit.visit > 0 && isOver(snapshot.view.status) && (
          <div className="flex flex-wrap items-center gap-2">
            <RetryButton
              key={`${visit.path}/${visit.visit}`}
              runId={snapshot.view.runId}
              place={{ from_node: nodeId, path: visit.path, visit: visit.visit }}
              word="Re-run from here"
            />
          </div>
        )}
        {visit ? <VisitDetails visit={visit} /> : <Unvisited hasNode={node !== undefined} />}
        <OutgoingEdges graph={graph} nodeId={nodeId} visit={visit} />
        <NodeLog log={snapshot.log} view={view} visit={visit} isLive={isOpenVisit} />
      </div>
    </>
  );
}

/** The visit took place in another run. */
function From({ source }: { readonly source: Source | null }) {
  if (source === null) return null;
  return (
    <p className="text-sm text-muted">
      Kept from run{" "}
      <Link to={runPath(source.run_id)} className="link id">
        {source.run_id}
      </Link>
    </p>
  );
}

function Unvisited({ hasNode }: { readonly hasNode: boolean }) {
  return (
    <p className="text-sm text-muted">
      {hasNode ? "This node has not been reached yet." : "This version has no such node."}
    </p>
  );
}

interface NodeLogProps {
  readonly log: readonly LogEvent[];
  readonly view: NodeView | undefined;
  readonly visit: VisitView | undefined;
  readonly isLive: boolean;
}

function NodeLog({ log, view, visit, isLive }: NodeLogProps) {
  const events = useMemo(
    () => log.filter((event) => isOf(event, view?.id, visit)),
    [log, view?.id, visit],
  );
  if (events.length === 0) return null;
  return (
    <section>
      <h3 className="panel-title">Log of this visit</h3>
      <div className="framed">
        <EventLog events={events} isLive={isLive} />
      </div>
    </section>
  );
}

function isOf(event: LogEvent, id: string | undefined, visit: VisitView | undefined): boolean {
  if (!("node_id" in event) || !visit || event.node_id !== id) return false;
  return event.visit === visit.visit && (event.path ?? "") === visit.path;
}
