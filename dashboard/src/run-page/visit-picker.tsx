/** Chooses one of a node's visits. */

import type { VisitView } from "../run/view";

export interface VisitPickerProps {
  readonly visits: readonly VisitView[];
  readonly index: number;
  readonly onPick: (index: number) => void;
}

export function VisitPicker({ visits, index, onPick }: VisitPickerProps) {
  return (
    <div className="picker">
      <Step label="Earlier visit" shape="M12 5l-5 5 5 5" to={index - 1} {...{ visits, onPick }} />
      <select
        aria-label="Visit"
        value={index}
        onChange={(event) => {
          onPick(Number(event.target.value));
        }}
      >
        {visits.map((visit, place) => (
          <option key={`${visit.path}/${visit.visit}`} value={place}>
            {nameOf(visit, visits)}
          </option>
        ))}
      </select>
      <Step label="Later visit" shape="M8 5l5 5-5 5" to={index + 1} {...{ visits, onPick }} />
    </div>
  );
}

/** Inside of containers a visit is told by its path; elsewhere, and where that says too little, by its number. */
function nameOf({ path, visit }: VisitView, visits: readonly VisitView[]): string {
  if (!path) return `visit ${visit} of ${visits.length}`;
  return visit > 1 ? `${path}, visit ${visit}` : path;
}

interface StepProps {
  readonly label: string;
  readonly shape: string;
  readonly to: number;
  readonly visits: readonly VisitView[];
  readonly onPick: (index: number) => void;
}

function Step({ label, shape, to, visits, onPick }: StepProps) {
  return (
    <button
      type="button"
      aria-label={label}
      disabled={visits[to] === undefined}
      onClick={() => {
        onPick(to);
      }}
    >
      <svg viewBox="0 0 20 20" className="icon" aria-hidden="true">
        <path d={shape} />
      </svg>
    </button>
  );
}
