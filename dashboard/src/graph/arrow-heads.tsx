/** The heads of the edges, one per state, since a marker does not take on the colour of its line. */

import type { EdgeState } from "../run/edge-view";

const STATES: readonly EdgeState[] = ["open", "flowing", "taken", "refused", "dead"];

export function ArrowHeads() {
  return (
    <svg className="absolute size-0" aria-hidden="true">
      <defs>
        {STATES.map((state) => (
          <marker
            key={state}
            id={`arrow-${state}`}
            className={`arrow-${state}`}
            viewBox="0 0 10 10"
            refX="9"
            refY="5"
            markerWidth="9"
            markerHeight="9"
            markerUnits="userSpaceOnUse"
            orient="auto-start-reverse"
          >
            <path d="M 0.5 1 L 9 5 L 0.5 9 z" />
          </marker>
        ))}
      </defs>
    </svg>
  );
}
