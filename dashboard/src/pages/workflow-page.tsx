/** One workflow: its graph, its problems, its recent runs, and a way to start one. */

import { useQuery } from "@tanstack/react-query";
import { use, useCallback, useMemo } from "react";
import { BreakpointList } from "../debug/breakpoint-list";
import { BreakpointsContext } from "../debug/breakpoints-context";
import { useKeptBreakpoints } from "../debug/use-breakpoints";
import { WorkflowGraph } from "../graph/workflow-graph";
import { Ago } from "../parts/elapsed";
import { Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { Link, setQuery, useLocation, useProject } from "../router";
import { useLiveRunLists } from "../run/use-live-run";
import { RunButton } from "../start/run-button";
import { graphQuery, workflowQuery } from "../wire/queries";
import type { DebugWish, Workflow } from "../client/types";
import { DefinitionPanel } from "./definition-panel";
import { RunList } from "./run-list";

export function WorkflowPage({ workflowId }: { readonly workflowId: string }) {
  const workflow = useQuery(workflowQuery(useProject(), workflowId));
  return (
    <Shell title={workflow.data?.name ?? "Workflow"} isFilling>
      {workflow.isPending && <Loading label="the workflow" />}
      {workflow.isError && (
        <Failure isPage error={workflow.error} onRetry={() => void workflow.refetch()} />
      )}
      {workflow.data && <WorkflowWorkspace workflow={workflow.data} />}
    </Shell>
  );
}

const AT_THE_START: DebugWish = { stepping: true };
const AT_BREAKPOINTS: DebugWish = { kept_breakpoints: true };

function WorkflowWorkspace({ workflow }: { readonly workflow: Workflow }) {
  useLiveRunLists();
  const selectedId = useLocation().query.get("node");
  const breakpoints = useKeptBreakpoints(workflow.id);
  return (
    <BreakpointsContext value={breakpoints}>
      <div className="workspace">
        <header className="work-head">
          <div className="work-title">
            <p className="crumbs">
              <Link to="/" className="link">
                Workflows
              </Link>
            </p>
            <h1>{workflow.name}</h1>
            <p className="row-detail">
              <span>v{workflow.version}</span>
              <span>
                updated <Ago at={workflow.updated_at} />
              </span>
              <span className="id">{workflow.id}</span>
            </p>
          </div>
          <div className="work-actions">
            <RunButton
              workflowId={workflow.id}
              name={workflow.name}
              word="Debug"
              debug={breakpoints.list.length > 0 ? AT_BREAKPOINTS : AT_THE_START}
            />
            <RunButton workflowId={workflow.id} name={workflow.name} isPrimary />
          </div>
        </header>
        <WorkflowDrawing workflow={workflow} selectedId={selectedId} />
        <aside className="panel" aria-label="About the workflow">
          {selectedId === null ? (
            <WorkflowFacts workflow={workflow} />
          ) : (
            <DefinitionPanel workflow={workflow} nodeId={selectedId} />
          )}
        </aside>
      </div>
    </BreakpointsContext>
  );
}

interface WorkflowDrawingProps {
  readonly workflow: Workflow;
  readonly selectedId: string | null;
}

function WorkflowDrawing({ workflow, selectedId }: WorkflowDrawingProps) {
  const graph = useQuery(graphQuery(useProject(), workflow.id, workflow.version));
  const problemCounts = useMemo(() => countByNode(workflow), [workflow]);
  const select = useCallback((nodeId: string) => {
    setQuery("node", nodeId);
  }, []);
  return (
    <section className="graph-area" aria-label="Graph">
      {graph.isPending && <Loading label="the graph" />}
      {graph.isError && <Failure error={graph.error} onRetry={() => void graph.refetch()} />}
      {graph.data && (
        <WorkflowGraph
          graph={graph.data}
          selectedId={selectedId}
          onSelect={select}
          problemCounts={problemCounts}
        />
      )}
    </section>
  );
}

function countByNode({ problems }: Workflow): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { node_id: id } of problems) {
    if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function WorkflowFacts({ workflow }: { readonly workflow: Workflow }) {
  const filter = useMemo(() => ({ workflowId: workflow.id, limit: 10 }), [workflow.id]);
  return (
    <div className="panel-body">
      {workflow.problems.length > 0 && (
        <section>
          <h2 className="panel-title">Problems</h2>
          <ul className="grid gap-2">
            {workflow.problems.map((problem) => (
              <li key={problem.pointer + problem.code} className="notice notice-warning text-sm">
                <p>{problem.detail}</p>
                {problem.hint && <p className="text-muted">{problem.hint}</p>}
                <p className="mt-1 font-mono text-xs text-muted">
                  {problem.pointer} · {problem.code}
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <div className="section-head mb-2">
          <h2 className="panel-title mb-0">Recent runs</h2>
          <Link to={`/runs?workflow=${encodeURIComponent(workflow.id)}`} className="link text-sm">
            All runs
          </Link>
        </div>
        <RunList filter={filter} isNamed={false} emptyHint="Press Run to start the first." />
      </section>
      <KeptBreakpoints workflow={workflow} />
    </div>
  );
}

/** Only where there are some: the first is set at a node. */
function KeptBreakpoints({ workflow }: { readonly workflow: Workflow }) {
  const { list } = use(BreakpointsContext);
  const graph = useQuery(graphQuery(useProject(), workflow.id, workflow.version));
  if (list.length === 0) return null;
  return (
    <section>
      <h2 className="panel-title">Breakpoints for debugged runs</h2>
      <BreakpointList graph={graph.data ?? null} />
    </section>
  );
}
