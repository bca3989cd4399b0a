/** Chooses the run to compare with: one of the last of the same workflow, or any by its id. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { Dialog } from "../parts/dialog";
import { Ago } from "../parts/elapsed";
import { Failure, Loading } from "../parts/notice";
import { StatusPill } from "../parts/status";
import { diffPath, Link, navigate } from "../router";
import { runsQuery } from "../wire/queries";
import type { Run } from "../client/types";

const RECENT = 12;

export interface CompareDialogProps {
  readonly run: Run;
  readonly onClose: () => void;
}

export function CompareDialog({ run, onClose }: CompareDialogProps) {
  const [other, setOther] = useState("");
  const fieldId = useId();
  return (
    <Dialog title="Compare with…" onClose={onClose}>
      <RecentRuns run={run} />
      <form
        className="grid gap-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          if (other.trim() !== "") navigate(diffPath(other.trim(), run.id));
        }}
      >
        <label htmlFor={fieldId} className="text-sm font-medium">
          Another run, by its id
        </label>
        <input
          id={fieldId}
          className="field"
          value={other}
          onChange={(event) => {
            setOther(event.target.value);
          }}
        />
        <div className="mt-3 flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="button" disabled={other.trim() === ""}>
            Compare
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function RecentRuns({ run }: { readonly run: Run }) {
  const filter = useMemo(() => ({ workflowId: run.workflow_id, limit: RECENT }), [run.workflow_id]);
  const runs = useInfiniteQuery(runsQuery(run.project_id, filter));
  if (runs.isPending) return <Loading label="runs" />;
  if (runs.isError) return <Failure error={runs.error} onRetry={() => void runs.refetch()} />;
  const others = runs.data.pages.flatMap((page) => page.items).filter(({ id }) => id !== run.id);
  if (others.length === 0) {
    return <p className="text-sm text-muted">The workflow has no other run yet.</p>;
  }
  return (
    <ul className="compare-list" aria-label="Recent runs of the workflow">
      {others.map((other) => (
        <li key={other.id}>
          <Link to={diffPath(other.id, run.id)} className="row" title={other.id}>
            <StatusPill status={other.status} />
            <span>v{other.version}</span>
            <Ago at={other.created_at} />
            <span className="id">…{other.id.slice(-12)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
