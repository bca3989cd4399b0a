/** All runs, searched and filtered; what is searched for is part of the address. */

import { Shell } from "../parts/shell";
import { stepQuery, useLocation } from "../router";
import { useLiveRunLists } from "../run/use-live-run";
import { readFilter, type AskedRuns, type FilterWord } from "../runs/run-filter";
import { RunFilters } from "../runs/run-filters";
import { RunList } from "./run-list";

export function RunsPage() {
  useLiveRunLists();
  const { query } = useLocation();
  const asked = readFilter(query);
  return (
    <Shell title="Runs">
      <div className="page max-w-4xl">
        <div className="section-head">
          <h1 className="page-title">Runs</h1>
        </div>
        <RunFilters query={query} asked={asked} />
        {asked.unknown.length > 0 ? (
          <Unknown unknown={asked.unknown} />
        ) : (
          <RunList
            filter={asked.filter}
            emptyHint={asked.isFiltered ? "No run matches this filter." : "None has begun yet."}
            canGrow
          />
        )}
      </div>
    </Shell>
  );
}

const NAMES: Readonly<Record<FilterWord, string>> = {
  text: "text",
  status: "status",
  workflow: "workflow",
  since: "time",
};

/** An address that asks for what there is not, such as one that was written by hand. */
function Unknown({ unknown }: Pick<AskedRuns, "unknown">) {
  const names = unknown.map(({ word, value }) => `${NAMES[word]} “${value}”`).join(" and no ");
  return (
    <div role="alert" className="notice">
      <p className="font-medium">There is no {names}</p>
      <p className="mt-1 text-sm text-muted">The address of this page asks for it.</p>
      <button
        type="button"
        className="button mt-3"
        onClick={() => {
          stepQuery(Object.fromEntries(unknown.map(({ word }) => [word, null])));
        }}
      >
        Leave it out
      </button>
    </div>
  );
}
