/** Chooses the runs that are listed; all of it is kept in the address. */

import { useEffect } from "react";
import { STATUS_WORDS } from "../parts/status";
import { useDraft } from "../parts/use-draft";
import { stepQuery } from "../router";
import { FILTER_WORDS, PERIODS, STATUSES, type AskedRuns, type FilterWord } from "./run-filter";
import { WorkflowSelect } from "./workflow-select";

const SINCE_WORDS = {
  hour: "The last hour",
  day: "The last day",
  week: "The last week",
  month: "The last 30 days",
} as const;

export interface RunFiltersProps {
  readonly query: URLSearchParams;
  readonly asked: AskedRuns;
}

export function RunFilters({ query, asked }: RunFiltersProps) {
  return (
    <search className="filters">
      <TextSearch text={query.get("text") ?? ""} />
      <WordSelect
        word="status"
        label="Show runs with status"
        value={query.get("status") ?? ""}
        all="Every status"
        choices={STATUSES.map((name) => [name, STATUS_WORDS[name]])}
      />
      <WorkflowSelect value={query.get("workflow") ?? ""} />
      <WordSelect
        word="since"
        label="Show runs since"
        value={query.get("since") ?? ""}
        all="Any time"
        choices={PERIODS.map((name) => [name, SINCE_WORDS[name]])}
      />
      {asked.isFiltered && (
        <button
          type="button"
          className="button button-quiet"
          onClick={() => {
            stepQuery(Object.fromEntries(FILTER_WORDS.map((word) => [word, null])));
          }}
        >
          Show all
        </button>
      )}
    </search>
  );
}

const PAUSE_MS = 300;
const LONGEST_TEXT = 200;

/** Searches as soon as somebody stops typing; each search is a step that one can go back from. */
function TextSearch({ text }: { readonly text: string }) {
  const draft = useDraft(text);
  const { text: typed, isDirty } = draft;
  useEffect(() => {
    if (!isDirty) return undefined;
    const pause = setTimeout(() => {
      stepQuery({ text: typed || null });
    }, PAUSE_MS);
    return () => {
      clearTimeout(pause);
    };
  }, [typed, isDirty]);
  return (
    <input
      type="search"
      className="field filter-text"
      placeholder="Workflow, error or run id"
      aria-label="Search runs by workflow name, error message or the beginning of the id"
      maxLength={LONGEST_TEXT}
      value={typed}
      onChange={({ target }) => {
        draft.type(target.value);
      }}
    />
  );
}

interface WordSelectProps {
  readonly word: FilterWord;
  readonly label: string;
  readonly value: string;
  /** What no choice means. */
  readonly all: string;
  readonly choices: readonly (readonly [value: string, words: string])[];
}

function WordSelect({ word, label, value, all, choices }: WordSelectProps) {
  const isKnown = value === "" || choices.some(([known]) => known === value);
  return (
    <select
      className="field"
      aria-label={label}
      value={value}
      onChange={({ target }) => {
        stepQuery({ [word]: target.value || null });
      }}
    >
      <option value="">{all}</option>
      {choices.map(([known, words]) => (
        <option key={known} value={known}>
          {words}
        </option>
      ))}
      {!isKnown && <option value={value}>{value}</option>}
    </select>
  );
}
