/** The statuses as people see them: always a shape and a word, the colour only helps. */

import type { NodeStatus, RunStatus, TaskStatus } from "../client/types";

export type Status = NodeStatus | RunStatus | TaskStatus;

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  pending: "Pending",
  running: "Running",
  waiting: "Waiting",
  paused: "Paused",
  retrying: "Retrying",
  cancelling: "Cancelling",
  completed: "Completed",
  failed: "Failed",
  skipped: "Skipped",
  cancelled: "Cancelled",
  open: "Open",
  expired: "Expired",
};

/** A clock. */
const WAITING = "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 5v3.2l2.2 1.6";

const SHAPES: Readonly<Record<Status, string>> = {
  pending: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2z",
  running: "M8 2.2a5.8 5.8 0 0 1 5.8 5.8",
  waiting: WAITING,
  paused: "M5.6 3.4v9.2M10.4 3.4v9.2",
  retrying: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3.2H9.8",
  cancelling: "M8 2.2a5.8 5.8 0 0 1 5.8 5.8M6.2 6.2h3.6v3.6H6.2z",
  completed: "M3.2 8.6 6.5 12l6.4-7.6",
  failed: "M4 4l8 8M12 4l-8 8",
  skipped: "M3.5 4l4 4-4 4M8.5 4l4 4-4 4",
  cancelled: "M4.2 4.2h7.6v7.6H4.2z",
  open: WAITING,
  expired: "M4.5 2.8h7M4.5 13.2h7M5.2 2.8c0 3.6 5.6 6.8 5.6 10.4M10.8 2.8c0 3.6-5.6 6.8-5.6 10.4",
};

const TURNING: ReadonlySet<Status> = new Set(["running", "cancelling"]);

export interface StatusIconProps {
  readonly status: Status;
  readonly className?: string;
}

export function StatusIcon({ status, className = "" }: StatusIconProps) {
  return (
    <span className={`status-icon status-${status} ${className}`} aria-hidden="true">
      <svg viewBox="0 0 16 16" fill="none">
        {TURNING.has(status) && <circle cx="8" cy="8" r="5.8" className="status-track" />}
        <path d={SHAPES[status]} className={TURNING.has(status) ? "status-turning" : ""} />
      </svg>
    </span>
  );
}

export function StatusPill({ status }: { readonly status: Status }) {
  return (
    <span className={`status-pill status-${status}`}>
      <StatusIcon status={status} />
      {STATUS_WORDS[status]}
    </span>
  );
}
