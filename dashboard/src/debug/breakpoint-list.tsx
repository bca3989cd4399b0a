/** All breakpoints of a run or a workflow, and the one that stops at any error. */

import { use } from "react";
import { Empty } from "../parts/notice";
import type { Graph } from "../client/types";
import { placeWords } from "./breakpoints";
import { BreakpointRow } from "./breakpoint-row";
import { BreakpointsContext } from "./breakpoints-context";
import { SpotToggle } from "./spot-toggle";

export function BreakpointList({ graph }: { readonly graph: Graph | null }) {
  const { list, actions } = use(BreakpointsContext);
  const names = new Map(graph?.nodes.map(({ id, name }) => [id, name]));
  return (
    <div className="grid justify-items-start gap-3">
      {list.length === 0 && (
        <Empty title="No breakpoints">
          {actions !== null && "Choose a node, or point at it and press the dot at its corner."}
        </Empty>
      )}
      {actions !== null && <SpotToggle spot={{ on: "error", id: null }} word="Break on any error" />}
      {list.length > 0 && (
        <ul className="grid w-full gap-2">
          {list.map((breakpoint) => (
            <BreakpointRow
              key={breakpoint.id}
              breakpoint={breakpoint}
              title={placeWords(breakpoint, names)}
            />
          ))}
        </ul>
      )}
    </div>
  );
}
