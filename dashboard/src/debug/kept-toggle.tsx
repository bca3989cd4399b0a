/** Keeps a breakpoint of a run with its workflow, for runs to come. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useProject } from "../router";
import { keptQuery } from "../wire/debugging";
import type { Breakpoint } from "../client/types";
import { keptActions } from "./use-breakpoints";

export interface KeptToggleProps {
  readonly workflowId: string;
  readonly breakpoint: Breakpoint;
}

export function KeptToggle({ workflowId, breakpoint }: KeptToggleProps) {
  const project = useProject();
  const queries = useQueryClient();
  const kept = useQuery(keptQuery(project, workflowId));
  const change = useMutation({
    mutationFn: (isToBeKept: boolean) => {
      const { add, remove } = keptActions(queries, project, workflowId);
      return isToBeKept ? add(breakpoint) : remove(breakpoint.id);
    },
  });
  if (!kept.data) return null;
  const isKept = kept.data.some(({ id }) => id === breakpoint.id);
  return (
    <label className="flex items-center gap-2 text-muted">
      <input
        type="checkbox"
        checked={isKept}
        disabled={change.isPending}
        onChange={({ target }) => {
          change.mutate(target.checked);
        }}
      />
      Keep with the workflow
      {change.isError && (
        <span role="alert" className="text-failed">
          {change.error.message}
        </span>
      )}
    </label>
  );
}
