/** Asks why, then asks the server to stop the run. The run stays `cancelling` until it has. */

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Dialog } from "../parts/dialog";
import { cancelRun } from "../wire/queries";

export interface CancelDialogProps {
  readonly runId: string;
  readonly onClose: () => void;
}

export function CancelDialog({ runId, onClose }: CancelDialogProps) {
  const [reason, setReason] = useState("");
  const fieldId = useId();
  const cancel = useMutation({
    mutationFn: () => cancelRun(runId, reason.trim()),
    onSuccess: onClose,
  });
  return (
    <Dialog title="Cancel this run?" onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          cancel.mutate();
        }}
      >
        <p className="text-sm text-muted">
          Nodes at work are stopped. What has completed stays as it is.
        </p>
        <div className="grid gap-1.5">
          <label htmlFor={fieldId} className="text-sm font-medium">
            Reason
          </label>
          <input
            id={fieldId}
            className="field"
            autoFocus
            maxLength={500}
            placeholder="Shown in the log, for those who ask later"
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </div>
        {cancel.isError && (
          <p role="alert" className="text-sm text-failed">
            {cancel.error.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            Keep running
          </button>
          <button type="submit" className="button button-danger" disabled={cancel.isPending}>
            {cancel.isPending ? "Cancelling…" : "Cancel run"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
