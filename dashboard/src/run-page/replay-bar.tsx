/** The slider over a run's log: every moment of it, as a link. */

import type { ReactNode } from "react";
import { setQuery } from "../router";
import type { RunStore } from "../run/store";
import { useRunSnapshot } from "../run/store";
import { eventWords } from "./event-words";

export interface ReplayBarProps {
  readonly live: RunStore;
  /** The entry that is shown; null for the run as it stands. */
  readonly seq: number | null;
  /** What else can be done at that entry. */
  readonly children?: ReactNode;
}

export function ReplayBar({ live, seq, children }: ReplayBarProps) {
  const { log } = useRunSnapshot(live);
  const head = log.at(-1)?.seq ?? 0;
  if (head === 0) return null;
  const current = Math.min(seq ?? head, head);
  const event = log[current - 1];
  return (
    <div className="replay-bar" role="group" aria-label="Replay">
      <Step name="Earlier" sign="◀" to={current - 1} isOff={current <= 1} />
      <input
        type="range"
        aria-label="Moment of the run"
        aria-valuetext={`${current} of ${head}: ${event ? eventWords(event) : ""}`}
        min={1}
        max={head}
        value={current}
        onChange={({ target }) => {
          show(Number(target.value));
        }}
      />
      <Step name="Later" sign="▶" to={current + 1} isOff={current >= head} />
      <span className="replay-words">
        {current} / {head}
        {seq !== null && event ? ` · ${eventWords(event)}` : ""}
      </span>
      {children}
      {seq !== null && (
        <button
          type="button"
          className="button"
          onClick={() => {
            setQuery("seq", null);
          }}
        >
          Back to now
        </button>
      )}
    </div>
  );
}

interface StepProps {
  readonly name: string;
  readonly sign: string;
  readonly to: number;
  readonly isOff: boolean;
}

function Step({ name, sign, to, isOff }: StepProps) {
  return (
    <button
      type="button"
      className="replay-step"
      aria-label={name}
      disabled={isOff}
      onClick={() => {
        show(to);
      }}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

function show(seq: number): void {
  setQuery("seq", String(seq));
}
