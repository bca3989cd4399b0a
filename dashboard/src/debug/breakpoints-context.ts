/** The breakpoints that a page shows, and what can be done with them. */

import { createContext, use } from "react";
import { useMutation } from "@tanstack/react-query";
import type { Breakpoint, BreakpointBody } from "../client/types";
import { breakpointsAt, newBreakpoint, type Spot } from "./breakpoints";

export interface Breakpoints {
  readonly list: readonly Breakpoint[];
  /** Null where nothing can be changed: in a replay, and of a run that is over. */
  readonly actions: BreakpointActions | null;
  /** The workflow with which breakpoints of a run can be kept; null where they are kept anyway. */
  readonly keeper: string | null;
}

export interface BreakpointActions {
  readonly add: (wish: BreakpointBody) => Promise<unknown>;
  readonly put: (breakpoint: Breakpoint) => Promise<unknown>;
  readonly remove: (id: string) => Promise<unknown>;
}

export const BreakpointsContext = createContext<Breakpoints>({
  list: [],
  actions: null,
  keeper: null,
});

/** Sets a breakpoint where there is none, and removes those that are there. */
export function useToggle(spot: Spot) {
  const { list, actions } = use(BreakpointsContext);
  const found = breakpointsAt(list, spot);
  const change = useMutation({
    mutationFn: async () => {
      if (actions !== null) await toggle(actions, spot, found);
    },
  });
  return { found, change };
}

async function toggle(
  actions: BreakpointActions,
  spot: Spot,
  found: readonly Breakpoint[],
): Promise<void> {
  if (found.length === 0) await actions.add(newBreakpoint(spot));
  // One by one: where a whole list is written, the next change begins with what this one left.
  for (const { id } of found) await actions.remove(id);
}
