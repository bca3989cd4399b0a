/** One run: its graph as it stands now, and everything that is known about it. */

import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { WorkflowGraph } from "../graph/workflow-graph";
import { Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { setQuery, useLocation } from "../router";
import { useReplay } from "../run/replay";
import { RunContext, useRunSnapshot, useRunVersion, type RunStore } from "../run/store";
import { useLiveRun } from "../run/use-live-run";
import { Announcer } from "../run-page/announcer";
import { NodePanel } from "../run-page/node-panel";
import { ReplayBar } from "../run-page/replay-bar";
import { RunHeader } from "../run-page/run-header";
import { RunPanel } from "../run-page/run-panel";
import { graphQuery, runQuery } from "../wire/queries";
import type { Graph, Run } from "../client/types";

export function RunPage({ runId }: { readonly runId: string }) {
  const run = useQuery({ ...runQuery(runId), staleTime: Infinity });
  return (
    <Shell title={`Run ${runId}`} isFilling>
      {run.isPending && <Loading label="the run" />}
      {run.isError && <Failure isPage error={run.error} onRetry={() => void run.refetch()} />}
      {run.data && <RunWorkspace run={run.data} />}
    </Shell>
  );
}

function RunWorkspace({ run }: { readonly run: Run }) {
  const live = useLiveRun(run);
  const { query } = useLocation();
  const selectedId = query.get("node");
  const seq = asSeq(query.get("seq"));
  const store = useReplay(live, run.id, seq);
  const graph = useQuery(graphQuery(run.workflow_id, useRunVersion(store, run.version)));
  return (
    <RunContext value={store}>
      <div className="workspace">
        <RunHeader run={run} store={live} name={graph.data?.name ?? run.workflow_id} />
        <section className="graph-area" aria-label="Graph">
          {graph.isPending && <Loading label="the graph" />}
          {graph.isError && <Failure error={graph.error} onRetry={() => void graph.refetch()} />}
          {graph.data && <RunDrawing graph={graph.data} selectedId={selectedId} />}
          <ReplayBar live={live} seq={seq} />
        </section>
        <aside className="panel" aria-label="About the run">
          <Details store={store} graph={graph.data ?? null} selectedId={selectedId} />
        </aside>
      </div>
      <Announcer store={live} />
    </RunContext>
  );
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
  readonly selectedId: string | null;
}

function Details({ store, graph, selectedId }: DetailsProps) {
  const snapshot = useRunSnapshot(store);
  if (selectedId !== null && graph !== null) {
    return <NodePanel key={selectedId} snapshot={snapshot} graph={graph} nodeId={selectedId} />;
  }
  return <RunPanel snapshot={snapshot} graph={graph} />;
}
