/** Two runs beside each other: the graph coloured by what differs, and every difference in words. */

import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { MarksContext, marksOf } from "../diff/marks";
import { Values, VisitDifference } from "../diff/visit-difference";
import { WorkflowGraph } from "../graph/workflow-graph";
import { Empty, Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { StatusPill } from "../parts/status";
import { useHomeProject } from "../project/use-home-project";
import { diffPath, Link, runPath, setQuery, useLocation } from "../router";
import { diffQuery } from "../wire/diff";
import type { RunDiff } from "../client/types";
import { graphQuery } from "../wire/queries";
import type { Run } from "../client/types";

export interface DiffPageProps {
  readonly a: string;
  readonly b: string;
}

export function DiffPage({ a, b }: DiffPageProps) {
  const diff = useQuery(diffQuery(a, b));
  const isHome = useHomeProject(diff.data?.b.project_id);
  return (
    <Shell title="Two runs" isFilling>
      {(diff.isPending || (diff.data && !isHome)) && <Loading label="the two runs" />}
      {diff.isError && <Failure isPage error={diff.error} onRetry={() => void diff.refetch()} />}
      {diff.data && isHome && <DiffWorkspace diff={diff.data} />}
    </Shell>
  );
}

function DiffWorkspace({ diff }: { readonly diff: RunDiff }) {
  const selectedId = useLocation().query.get("node");
  return (
    <div className="workspace">
      <DiffHeader diff={diff} />
      <Drawing diff={diff} selectedId={selectedId} />
      <aside className="panel" aria-label="What differs">
        <DifferenceList diff={diff} selectedId={selectedId} />
      </aside>
    </div>
  );
}

function DiffHeader({ diff }: { readonly diff: RunDiff }) {
  return (
    <header className="work-head">
      <div className="work-title">
        <p className="crumbs">
          <Link to="/runs" className="link">
            Runs
          </Link>
          <span aria-hidden="true">/</span>
          <span>compare</span>
        </p>
        <h1>{diff.same ? "No difference" : `${diff.visits_differing} of ${diff.visits_total} visits differ`}</h1>
      </div>
      <div className="grid gap-1.5 text-sm">
        <RunLine name="A" run={diff.a} />
        <RunLine name="B" run={diff.b} />
      </div>
      <div className="work-actions">
        <Link to={diffPath(diff.b.id, diff.a.id)} className="button">
          Swap
        </Link>
      </div>
    </header>
  );
}

function RunLine({ name, run }: { readonly name: string; readonly run: Run }) {
  return (
    <p className="flex items-center gap-2">
      <b>{name}</b>
      <StatusPill status={run.status} />
      <span className="text-muted">v{run.version}</span>
      <Link to={runPath(run.id)} className="link id" title={run.id}>
        …{run.id.slice(-12)}
      </Link>
    </p>
  );
}

interface PartProps {
  readonly diff: RunDiff;
  readonly selectedId: string | null;
}

/** The graph of the second run; what only the first one's version has is in the list beside it. */
function Drawing({ diff, selectedId }: PartProps) {
  const graph = useQuery(graphQuery(diff.b.project_id, diff.b.workflow_id, diff.b.version));
  const marks = useMemo(() => marksOf(diff.nodes), [diff.nodes]);
  const select = useCallback((nodeId: string) => {
    setQuery("node", nodeId);
  }, []);
  return (
    <section className="graph-area" aria-label="Graph of B">
      {graph.isPending && <Loading label="the graph" />}
      {graph.isError && <Failure error={graph.error} onRetry={() => void graph.refetch()} />}
      {graph.data && (
        <MarksContext value={marks}>
          <WorkflowGraph graph={graph.data} selectedId={selectedId} onSelect={select} />
        </MarksContext>
      )}
    </section>
  );
}

function DifferenceList({ diff, selectedId }: PartProps) {
  const visits = diff.visits.filter(
    ({ node_id: id }) => selectedId === null || id === selectedId,
  );
  return (
    <div className="panel-body" role="region" aria-label="Differences" tabIndex={0}>
      {selectedId !== null && (
        <p className="text-sm">
          Only what differs in <b>{selectedId}</b>.{" "}
          <button
            type="button"
            className="link"
            onClick={() => {
              setQuery("node", null);
            }}
          >
            Show all
          </button>
        </p>
      )}
      {selectedId === null && <Values label="Output of the run" found={diff.output} />}
      {visits.length === 0 ? (
        <Empty title="Nothing differs">
          Durations are not compared: no two runs take equally long.
        </Empty>
      ) : (
        <ul className="grid gap-3">
          {visits.map((visit) => (
            <VisitDifference key={`${visit.path}/${visit.node_id}/${visit.visit}`} visit={visit} />
          ))}
        </ul>
      )}
      {diff.next_cursor !== null && (
        <p className="text-sm text-muted">
          These are the first; <code>workflow runs diff</code> shows all.
        </p>
      )}
    </div>
  );
}
