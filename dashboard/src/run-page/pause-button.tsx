/** Holds a run, or lets it go on. What is at work when it is held goes to its end first. */

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { isOver } from "../run/view";
import { pauseRun, resumeRun } from "../wire/queries";
import type { Run, RunStatus } from "../client/types";

export interface PauseButtonProps {
  readonly run: Run;
  readonly status: RunStatus;
}

export function PauseButton({ run, status }: PauseButtonProps) {
  const [isHeld, setHeld] = useState(run.is_held);
  const change = useMutation({
    mutationFn: () => (isHeld ? resumeRun(run.id) : pauseRun(run.id)),
    onSuccess: (changed) => {
      setHeld(changed.is_held);
    },
  });
  if (isOver(status) || status === "cancelling") return null;
  return (
    <>
      {change.isError && (
        <span role="alert" className="text-sm text-failed">
          {change.error.message}
        </span>
      )}
      {isHeld && status !== "paused" && <span className="text-sm text-muted">Pausing…</span>}
      <button
        type="button"
        className="button"
        disabled={change.isPending}
        onClick={() => {
          change.mutate();
        }}
      >
        {isHeld ? "Resume" : "Pause"}
      </button>
    </>
  );
}
