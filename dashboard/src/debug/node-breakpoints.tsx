/** The breakpoints of one node, and the buttons that set them. */

import { use } from "react";
import { breakpointsOf, NODE_SPOTS, SPOT_WORDS } from "./breakpoints";
import { BreakpointRow } from "./breakpoint-row";
import { BreakpointsContext } from "./breakpoints-context";
import { SpotToggle } from "./spot-toggle";

export function NodeBreakpoints({ nodeId }: { readonly nodeId: string }) {
  const { list, actions } = use(BreakpointsContext);
  const own = breakpointsOf(list, nodeId);
  if (actions === null && own.length === 0) return null;
  return (
    <section>
      <h3 className="panel-title">Breakpoints</h3>
      {actions !== null && (
        <div className="flex flex-wrap gap-2" role="group" aria-label="Break">
          {NODE_SPOTS.map((on) => (
            <SpotToggle key={on} spot={{ on, id: nodeId }} word={SPOT_WORDS[on]} />
          ))}
        </div>
      )}
      {own.length > 0 && (
        <ul className="mt-2 grid gap-2">
          {own.map((breakpoint) => (
            <BreakpointRow
              key={breakpoint.id}
              breakpoint={breakpoint}
              title={SPOT_WORDS[breakpoint.on]}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

/** An edge's own: a button, and its breakpoints. */
export function EdgeBreakpoints({ edgeId }: { readonly edgeId: string }) {
  const { list, actions } = use(BreakpointsContext);
  const own = list.filter((b) => b.on === "edge" && b.edge_id === edgeId);
  if (actions === null && own.length === 0) return null;
  return (
    <div className="mt-2 grid justify-items-start gap-2">
      {actions !== null && <SpotToggle spot={{ on: "edge", id: edgeId }} word="Break here" />}
      {own.length > 0 && (
        <ul className="grid w-full gap-2">
          {own.map((breakpoint) => (
            <BreakpointRow key={breakpoint.id} breakpoint={breakpoint} title={SPOT_WORDS.edge} />
          ))}
        </ul>
      )}
    </div>
  );
}
