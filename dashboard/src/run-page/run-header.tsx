/** Names the run and says how it stands; the place to start and to cancel it. */

import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { CompareDialog } from "../diff/compare-dialog";
import { Elapsed } from "../parts/elapsed";
import { STATUS_WORDS, StatusPill } from "../parts/status";
import { Link, workflowPath } from "../router";
import { useRunSnapshot, type RunStore } from "../run/store";
import { isOver, progressOf, type RunView } from "../run/view";
import { RunButton } from "../start/run-button";
import { executeRun } from "../wire/queries";
import type { Run } from "../client/types";
import { CancelDialog } from "./cancel-dialog";
import { ConnectionBadge } from "./connection-badge";
import { RetryButton } from "./retry-button";

export interface RunHeaderProps {
  readonly run: Run;
  readonly store: RunStore;
  readonly name: string;
}

export function RunHeader({ run, store, name }: RunHeaderProps) {
  const { view, connection } = useRunSnapshot(store);
  useEffect(() => {
    document.title = `${STATUS_WORDS[view.status]} · ${name}`;
  }, [name, view.status]);
  return (
    <header className="work-head">
      <div className="work-title">
        <p className="crumbs">
          <Link to="/runs" className="link">
            Runs
          </Link>
          <span aria-hidden="true">/</span>
          <span className="id">{run.id}</span>
        </p>
        <h1>
          <Link to={workflowPath(run.workflow_id)}>{name}</Link>
          <span className="version">v{view.version ?? run.version}</span>
        </h1>
      </div>
      <div className="work-state">
        <StatusPill status={view.status} />
        {view.startedAt && <Elapsed from={view.startedAt} to={view.finishedAt} />}
        {view.attempt > 1 && <span className="text-muted">attempt {view.attempt}</span>}
        <ConnectionBadge connection={connection} />
      </div>
      <div className="work-actions">
        <RunActions run={run} view={view} name={name} />
      </div>
      <Progress view={view} />
    </header>
  );
}

const FROM_WHERE_IT_FAILED = {};

interface RunActionsProps {
  readonly run: Run;
  readonly view: RunView;
  readonly name: string;
}

function RunActions({ run, view, name }: RunActionsProps) {
  const [isAsking, setAsking] = useState(false);
  const [isComparing, setComparing] = useState(false);
  const start = useMutation({ mutationFn: () => executeRun(run.id) });
  const canCancel = !isOver(view.status) && view.status !== "cancelling";
  return (
    <>
      {start.isError && <span className="text-sm text-failed">{start.error.message}</span>}
      {view.status === "pending" && (
        <button
          type="button"
          className="button button-primary"
          disabled={start.isPending}
          onClick={() => {
            start.mutate();
          }}
        >
          Start
        </button>
      )}
      {canCancel && (
        <button
          type="button"
          className="button button-danger"
          aria-haspopup="dialog"
          onClick={() => {
            setAsking(true);
          }}
        >
          Cancel run
        </button>
      )}
      {(view.status === "failed" || view.status === "cancelled") && (
        <RetryButton runId={run.id} place={FROM_WHERE_IT_FAILED} word="Retry" isPrimary />
      )}
      <button
        type="button"
        className="button"
        aria-haspopup="dialog"
        onClick={() => {
          setComparing(true);
        }}
      >
        Compare with…
      </button>
      {isComparing && (
        <CompareDialog
          run={run}
          onClose={() => {
            setComparing(false);
          }}
        />
      )}
      {isOver(view.status) && (
        <RunButton workflowId={run.workflow_id} name={name} word="Run again" before={run.id} />
      )}
      {isAsking && canCancel && (
        <CancelDialog
          runId={run.id}
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

function Progress({ view }: { readonly view: RunView }) {
  const percent = Math.round(progressOf(view) * 100);
  return (
    <div
      className={`run-progress status-${view.status}`}
      role="progressbar"
      aria-label="Progress of the run"
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      title={`${percent} % of the nodes are settled`}
    >
      <span style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  );
}
