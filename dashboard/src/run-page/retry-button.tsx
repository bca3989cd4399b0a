/** Goes on from a run that is over: with what did not end well, or from one visit on. */

import { useRetry } from "../start/use-retry";
import type { Place } from "../client/types";

export interface RetryButtonProps {
  readonly runId: string;
  readonly place: Place;
  readonly word: string;
  readonly isPrimary?: boolean;
}

export function RetryButton({ runId, place, word, isPrimary = false }: RetryButtonProps) {
  const retry = useRetry(runId);
  return (
    <>
      {retry.isError && (
        <span role="alert" className="text-sm text-failed">
          {retry.error.message}
        </span>
      )}
      <button
        type="button"
        className={`button ${isPrimary ? "button-primary" : ""}`}
        disabled={retry.isPending}
        onClick={() => {
          retry.mutate(place);
        }}
      >
        {word}
      </button>
    </>
  );
}
