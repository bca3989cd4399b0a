/** All runs, filtered by status; the filter is part of the address. */

import { Shell } from "../parts/shell";
import { STATUS_WORDS } from "../parts/status";
import { setQuery, useLocation } from "../router";
import { useLiveRunLists } from "../run/use-live-run";
import type { RunStatus } from "../client/types";
import { RunList } from "./run-list";

const STATUSES: readonly RunStatus[] = [
  "pending",
  "running",
  "waiting",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
];

export function RunsPage() {
  useLiveRunLists();
  const { query } = useLocation();
  const status = STATUSES.find((name) => name === query.get("status"));
  const workflowId = query.get("workflow");
  const filter = {
    limit: 50,
    ...(status === undefined ? {} : { status }),
    ...(workflowId === null ? {} : { workflowId }),
  };
  return (
    <Shell title="Runs">
      <div className="page max-w-4xl">
        <div className="section-head">
          <h1 className="page-title">Runs</h1>
          <select
            className="field"
            aria-label="Show runs with status"
            value={status ?? ""}
            onChange={(event) => {
              setQuery("status", event.target.value || null);
            }}
          >
            <option value="">Every status</option>
            {STATUSES.map((name) => (
              <option key={name} value={name}>
                {STATUS_WORDS[name]}
              </option>
            ))}
          </select>
        </div>
        {workflowId !== null && (
          <p className="mb-3 text-sm text-muted">
            Only runs of <span className="id">{workflowId}</span>.{" "}
            <button
              type="button"
              className="link"
              onClick={() => {
                setQuery("workflow", null);
              }}
            >
              Show all workflows
            </button>
          </p>
        )}
        <RunList filter={filter} emptyHint="No run matches this filter." canGrow />
      </div>
    </Shell>
  );
}
