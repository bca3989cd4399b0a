/** Sets or removes the breakpoint of one place. */

import type { Spot } from "./breakpoints";
import { useToggle } from "./breakpoints-context";

export interface SpotToggleProps {
  readonly spot: Spot;
  readonly word: string;
}

export function SpotToggle({ spot, word }: SpotToggleProps) {
  const { found, change } = useToggle(spot);
  return (
    <>
      <button
        type="button"
        className="button button-small break-toggle"
        aria-pressed={found.length > 0}
        disabled={change.isPending}
        onClick={() => {
          change.mutate();
        }}
      >
        <span className="break-mark" aria-hidden="true" />
        {word}
      </button>
      {change.isError && (
        <p role="alert" className="text-failed">
          {change.error.message}
        </p>
      )}
    </>
  );
}
