/** When each visit ran, as bars on the run's time. */

import { useNow } from "../parts/clock";
import { Elapsed } from "../parts/elapsed";
import { Empty } from "../parts/notice";
import { STATUS_WORDS, StatusIcon } from "../parts/status";
import { setQuery } from "../router";
import { type NodeView, type RunView, type VisitView } from "../run/view";
import type { Graph } from "../client/types";

export interface TimelineProps {
  readonly view: RunView;
  readonly graph: Graph | null;
}

interface Row {
  readonly node: NodeView;
  readonly visit: VisitView;
  readonly startedAt: string;
}

/** More rows than anybody reads; the newest stay. */
const MOST_ROWS = 400;

export function Timeline({ view, graph }: TimelineProps) {
  const now = useNow(view.finishedAt === null);
  const rows = rowsOf(view);
  if (rows.length === 0) return <Empty title="No node has started yet" />;
  const names = new Map(graph?.nodes.map((node) => [node.id, node.name]));
  const from = Date.parse(view.startedAt ?? rows[0]?.startedAt ?? "");
  const to = view.finishedAt === null ? now : Date.parse(view.finishedAt);
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - from) / Math.max(1, to - from)));
  return (
    <ol className="timeline">
      {rows.slice(-MOST_ROWS).map(({ node, visit, startedAt }) => (
        <li key={`${node.id}/${visit.path}/${visit.visit}`}>
          <button
            type="button"
            className={`timeline-row status-${visit.status}`}
            onClick={() => {
              setQuery("node", node.id);
            }}
          >
            <StatusIcon status={visit.status} />
            <span className="truncate">
              {visit.path && <span className="text-muted">{visit.path} › </span>}
              {names.get(node.id) ?? node.id}
            </span>
            {isRepeated(node, visit) && <span className="text-muted">#{visit.visit}</span>}
            <span className="sr-only">{STATUS_WORDS[visit.status]}</span>
            <span className="ml-auto text-muted">
              <Elapsed from={startedAt} to={visit.finishedAt} />
            </span>
            <span className="timeline-bar" aria-hidden="true">
              <span
                style={{
                  left: `${100 * share(Date.parse(startedAt))}%`,
                  right: `${100 * (1 - share(visit.finishedAt ? Date.parse(visit.finishedAt) : now))}%`,
                }}
              />
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Whether the node ran more than once in the same body. */
function isRepeated(node: NodeView, { path }: VisitView): boolean {
  return node.visits.some((visit) => visit.path === path && visit.visit > 1);
}

function rowsOf(view: RunView): Row[] {
  const rows = [...view.nodes.values()].flatMap((node) =>
    node.visits.flatMap((visit) =>
      visit.startedAt === null ? [] : [{ node, visit, startedAt: visit.startedAt }],
    ),
  );
  return rows.sort((a, b) => a.visit.startedSeq - b.visit.startedSeq);
}
