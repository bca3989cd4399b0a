/** A list of runs, newest first, each a link to its page. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Ago, Elapsed } from "../parts/elapsed";
import { Empty, Failure, Loading } from "../parts/notice";
import { StatusPill } from "../parts/status";
import { Link, runPath, useProject } from "../router";
import { runsQuery, workflowQuery, type RunFilter } from "../wire/queries";
import type { Run } from "../client/types";
import { MoreButton } from "./more-button";

export interface RunListProps {
  readonly filter: RunFilter;
  readonly emptyHint: string;
  readonly isNamed?: boolean;
  /** Whether the list can grow; a list of the most recent runs cannot. */
  readonly canGrow?: boolean;
}

export function RunList({ filter, emptyHint, isNamed = true, canGrow = false }: RunListProps) {
  const runs = useInfiniteQuery(runsQuery(useProject(), filter));
  if (runs.isPending) return <Loading label="runs" />;
  if (runs.isError) return <Failure error={runs.error} onRetry={() => void runs.refetch()} />;
  const items = runs.data.pages.flatMap((page) => page.items);
  return (
    <>
      {canGrow && (
        <p role="status" className="sr-only">
          {countWords(items.length, runs.hasNextPage)}
        </p>
      )}
      {items.length === 0 && (
        <Empty title="No runs">
          {runs.hasNextPage ? "None of the latest runs matches; earlier ones may." : emptyHint}
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="list" aria-busy={runs.isPlaceholderData}>
          {items.map((run) => (
            <li key={run.id}>
              <RunRow run={run} isNamed={isNamed} />
            </li>
          ))}
        </ul>
      )}
      {canGrow && <MoreButton query={runs} />}
    </>
  );
}

function countWords(count: number, hasMore: boolean): string {
  return `${count} ${count === 1 ? "run is" : "runs are"} listed${hasMore ? ", and there are more" : ""}`;
}

function RunRow({ run, isNamed }: { readonly run: Run; readonly isNamed: boolean }) {
  return (
    <Link to={runPath(run.id)} className="row">
      <span className="row-status">
        <StatusPill status={run.status} />
      </span>
      <span className="row-words">
        <span className="row-title">
          {isNamed ? <WorkflowName id={run.workflow_id} /> : <ShortId id={run.id} />}
        </span>
        <span className="row-detail">
          <span>v{run.version}</span>
          <Ago at={run.created_at} />
          {run.error && <span className="truncate text-failed">{run.error.message}</span>}
        </span>
      </span>
      {run.started_at && (
        <span className="row-end">
          <Elapsed from={run.started_at} to={run.finished_at} />
        </span>
      )}
    </Link>
  );
}

/** The end of an id tells runs apart; its beginning is the time, which stands beside it. */
function ShortId({ id }: { readonly id: string }) {
  return (
    <span className="id" title={id}>
      {id.length > 12 ? `…${id.slice(-12)}` : id}
    </span>
  );
}

const NAME_STALE_MS = 60_000;

function WorkflowName({ id }: { readonly id: string }) {
  const name = useQuery({
    ...workflowQuery(useProject(), id),
    staleTime: NAME_STALE_MS,
    select: (workflow) => workflow.name,
  });
  return name.data ?? <span className="id">{id}</span>;
}
