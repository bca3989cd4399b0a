/** Everything about one node of a run: one visit at a time, and why it went on as it did. */

import { useMemo } from "react";
import { NodeBreakpoints } from "../debug/node-breakpoints";
import { StopPanel } from "../debug/stop-panel";
import { ForkButton } from "../fork/fork-button";
import { PanelHead } from "../parts/panel-head";
import { StatusPill } from "../parts/status";
import { Link, runPath, setQuery } from "../router";
import type { RunSnapshot } from "../run/store";
import { isSameVisit, visitKey } from "../run/debug-view";
import { isKept, isOver, type NodeView, type RunView, type VisitView } from "../run/view";
import type { Graph, LogEvent, Source, VisitAddress } from "../client/types";
import { EventLog } from "./event-log";
import { OutgoingEdges } from "./outgoing-edges";
import { RetryButton } from "./retry-button";
import { VisitDetails } from "./visit-details";
import { VisitPicker } from "./visit-picker";

export interface NodePanelProps {
  readonly snapshot: RunSnapshot;
  readonly graph: Graph;
  readonly nodeId: string;
  /** The visit that was picked; another one of the node is shown where there is none. */
  readonly picked: string | null;
  /** Whether the run is shown as it stands now. */
  readonly isNow: boolean;
}

export function NodePanel({ snapshot, graph, nodeId, picked, isNow }: NodePanelProps) {
  const node = graph.nodes.find(({ id }) => id === nodeId);
  const run = snapshot.view;
  const view = run.nodes.get(nodeId);
  const index = shownVisit(run, view, picked);
  const visit = view?.visits[index];
  const address = visit && { node_id: nodeId, path: visit.path, visit: visit.visit };
  const stop = isNow && address ? run.debug.stops.find((one) => isSameVisit(one, address)) : undefined;
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
                setQuery("visit", pickedKey(nodeId, view.visits, next));
              }}
            />
          )}
          {address && address.visit > 0 && (
            <VisitActions key={visitKey(address)} run={run} graph={graph} address={address} />
          )}
        </div>
        {visit && isKept(run, visit) && <From source={run.source} />}
        {stop && visit && <StopPanel key={stop.seq} view={run} visit={visit} stop={stop} />}
        {!stop && visit && <VisitDetails visit={visit} />}
        {!visit && <Unvisited hasNode={node !== undefined} />}
        {node && <NodeBreakpoints key={nodeId} nodeId={nodeId} />}
        <OutgoingEdges graph={graph} nodeId={nodeId} visit={visit} />
        <NodeLog log={snapshot.log} view={view} visit={visit} isLive={isOpenVisit} />
      </div>
    </>
  );
}

/** The place of the visit that was picked, else of one that has stopped, else of the latest. */
function shownVisit({ debug }: RunView, view: NodeView | undefined, picked: string | null): number {
  const visits = view?.visits ?? [];
  const keys = visits.map(({ path, visit }) => visitKey({ node_id: view?.id ?? "", path, visit }));
  const stopped = debug.stops.findLast((stop) => stop.node_id === view?.id);
  const wanted = [picked, stopped && visitKey(stopped)];
  const found = wanted.map((key) => keys.findIndex((one) => one === key));
  return found.find((index) => index >= 0) ?? visits.length - 1;
}

/** The latest visit is followed until the reader picks another one. */
function pickedKey(nodeId: string, visits: readonly VisitView[], index: number): string | null {
  const visit = index === visits.length - 1 ? undefined : visits[index];
  return visit ? visitKey({ node_id: nodeId, path: visit.path, visit: visit.visit }) : null;
}

interface VisitActionsProps {
  readonly run: RunView;
  readonly graph: Graph;
  readonly address: VisitAddress;
}

function VisitActions({ run, graph, address }: VisitActionsProps) {
  const { node_id: nodeId, path, visit } = address;
  return (
    <div className="visit-actions">
      {isOver(run.status) && (
        <RetryButton
          runId={run.runId}
          place={{ from_node: nodeId, path, visit }}
          word="Re-run from here"
        />
      )}
      <ForkButton run={run} graph={graph} leave={{ before: address }} word="Fork before this…" />
    </div>
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
  return event.visit === visit.visit && event.path === visit.path;
}
