/** Chooses the workflow whose runs are listed. */

import { useQuery } from "@tanstack/react-query";
import { stepQuery, useProject } from "../router";
import { workflowChoicesQuery, workflowQuery } from "../wire/queries";
import type { WorkflowSummary } from "../client/types";

export function WorkflowSelect({ value }: { readonly value: string }) {
  const project = useProject();
  const { data } = useQuery(workflowChoicesQuery(project));
  const choices = data?.items ?? [];
  const isAmong = choices.some(({ id }) => id === value);
  return (
    <select
      className="field"
      aria-label="Show runs of workflow"
      value={value}
      onChange={({ target }) => {
        stepQuery({ workflow: target.value || null });
      }}
    >
      <option value="">Every workflow</option>
      {value !== "" && !isAmong && <OtherChoice id={value} />}
      {[...choices].sort(byName).map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
      {data?.next_cursor && <option disabled>More: search for their names</option>}
    </select>
  );
}

/** One that is not among so many, or not there at all. */
function OtherChoice({ id }: { readonly id: string }) {
  const { data } = useQuery(workflowQuery(useProject(), id));
  return <option value={id}>{data?.name ?? id}</option>;
}

function byName(a: WorkflowSummary, b: WorkflowSummary): number {
  return a.name.localeCompare(b.name);
}
