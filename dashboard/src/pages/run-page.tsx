/** One run: its graph as it stands now, and everything that is known about it. */

import { useQuery } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { BreakpointsContext } from "../debug/breakpoints-context";
import { DebugBar } from "../debug/debug-bar";
import { useRunBreakpoints } from "../debug/use-breakpoints";
import { ForkButton } from "../fork/fork-button";
import { WorkflowGraph } from "../graph/workflow-graph";
import { Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { useHomeProject } from "../project/use-home-project";
import { setQuery, useLocation } from "../router";
import { useReplay } from "../run/replay";
import { RunContext, useRunPart, useRunSnapshot, useRunVersion, type RunStore } from "../run/store";
import { useLiveRun } from "../run/use-live-run";
import { isOver, type RunView } from "../run/view";
import { Announcer } from "../run-page/announcer";
import { NodePanel } from "../run-page/node-panel";
import { ReplayBar } from "../run-page/replay-bar";
import { RunHeader } from "../run-page/run-header";
import { RunPanel } from "../run-page/run-panel";
import { graphQuery, runQuery } from "../wire/queries";
import type { Graph, Run } from "../client/types";

export function RunPage({ runId }: { readonly runId: string }) {
  const run = useQuery({ ...runQuery(runId), staleTime: Infinity });
  const isHome = useHomeProject(run.data?.project_id);
  return (
    <Shell title={`Run ${runId}`} isFilling>
      {(run.isPending || (run.data && !isHome)) && <Loading label="the run" />}
      {run.isError && <Failure isPage error={run.error} onRetry={() => void run.refetch()} />}
      {run.data && isHome && <RunWorkspace run={run.data} />}
    </Shell>
  );
}

function RunWorkspace({ run }: { readonly run: Run }) {
  const live = useLiveRun(run);
  const { query } = useLocation();
  const nodeId = query.get("node");
  const visit = query.get("visit");
  const seq = asSeq(query.get("seq"));
  const store = useReplay(live, run.id, seq);
  const graph = useQuery(graphQuery(run.project_id, run.workflow_id, useRunVersion(store, run.version)));
  const breakpoints = useRunBreakpoints(store, run, useGoesOn(live) && seq === null);
  return (
    <RunContext value={store}>
      <BreakpointsContext value={breakpoints}>
        <div className="workspace">
          <RunHeader run={run} store={live} name={graph.data?.name ?? run.workflow_id} />
          <section className="graph-area" aria-label="Graph">
            {graph.isPending && <Loading label="the graph" />}
            {graph.isError && <Failure error={graph.error} onRetry={() => void graph.refetch()} />}
            {graph.data && seq === null && (
              <DebugBar run={run} live={live} graph={graph.data} nodeId={nodeId} visit={visit} />
            )}
            {graph.data && <RunDrawing graph={graph.data} selectedId={nodeId} />}
            <ReplayBar live={live} seq={seq}>
              {seq !== null && graph.data && <ForkFromMoment graph={graph.data} seq={seq} />}
            </ReplayBar>
          </section>
          <aside className="panel" aria-label="About the run">
            <Details graph={graph.data ?? null} {...{ store, nodeId, visit, isNow: seq === null }} />
          </aside>
        </div>
        <Announcer store={live} />
      </BreakpointsContext>
    </RunContext>
  );
}

/** Whether the run is not over, so that it can still be told where to stop. */
function useGoesOn({ subscribe, snapshot }: RunStore): boolean {
  return useSyncExternalStore(subscribe, () => !isOver(snapshot().view.status));
}

function ForkFromMoment({ graph, seq }: { readonly graph: Graph; readonly seq: number }) {
  const run = useRunPart<RunView | null>((view) => view, null);
  return run && <ForkButton run={run} graph={graph} leave={{ seq }} word="Fork from here…" />;
}

/** The entry of the log that an address names; what names none shows the run as it stands. */
function asSeq(text: string | null): number | null {
  const seq = Number(text);
  return text !== null && Number.isInteger(seq) && seq > 0 ? seq : null;
}

interface RunDrawingProps {
  readonly graph: Graph;
  readonly selectedId: string | null;
}

function RunDrawing({ graph, selectedId }: RunDrawingProps) {
  const select = useCallback((nodeId: string) => {
    setQuery("node", nodeId);
  }, []);
  return <WorkflowGraph graph={graph} selectedId={selectedId} onSelect={select} />;
}

interface DetailsProps {
  readonly store: RunStore;
  readonly graph: Graph | null;
  readonly nodeId: string | null;
  readonly visit: string | null;
  readonly isNow: boolean;
}

function Details({ store, graph, nodeId, visit, isNow }: DetailsProps) {
  const snapshot = useRunSnapshot(store);
  if (nodeId !== null && graph !== null) {
    return <NodePanel key={nodeId} picked={visit} {...{ snapshot, graph, nodeId, isNow }} />;
  }
  return <RunPanel snapshot={snapshot} graph={graph} />;
}
