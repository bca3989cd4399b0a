/** For each edge that leaves a node: whether a visit took it, and why. */

import { EdgeBreakpoints } from "../debug/node-breakpoints";
import { setQuery } from "../router";
import { explain, type Explanation, type Verdict } from "../run/explain";
import type { Decision, VisitView } from "../run/view";
import type { Graph, GraphEdge } from "../client/types";

export interface OutgoingEdgesProps {
  readonly graph: Graph;
  readonly nodeId: string;
  readonly visit: VisitView | undefined;
}

const MARKS: Readonly<Record<Verdict, string>> = { taken: "✓", "not taken": "✕", undecided: "·" };

export function OutgoingEdges({ graph, nodeId, visit }: OutgoingEdgesProps) {
  const edges = graph.edges.filter((edge) => edge.source === nodeId);
  if (edges.length === 0) return null;
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  return (
    <section>
      <h3 className="panel-title">Where it goes next</h3>
      <ul className="grid gap-2">
        {edges.map((edge) => (
          <OutgoingEdge
            key={edge.id}
            edge={edge}
            targetName={names.get(edge.target) ?? edge.target}
            explanation={explain(edge, visit)}
          />
        ))}
      </ul>
    </section>
  );
}

interface OutgoingEdgeProps {
  readonly edge: GraphEdge;
  readonly targetName: string;
  readonly explanation: Explanation;
}

function OutgoingEdge({ edge, targetName, explanation }: OutgoingEdgeProps) {
  const { verdict, why, decision } = explanation;
  const expression = decision?.expression ?? edge.condition;
  return (
    <li className={`outgoing outgoing-${verdict.replace(" ", "-")}`}>
      <div className="flex items-center gap-2">
        <span className="outgoing-mark" aria-hidden="true">
          {MARKS[verdict]}
        </span>
        <button
          type="button"
          className="link min-w-0 truncate"
          onClick={() => {
            setQuery("node", edge.target);
          }}
        >
          {targetName}
        </button>
        {edge.handle && <span className="code shrink-0">{edge.handle}</span>}
        <span className="outgoing-verdict">{verdict}</span>
      </div>
      <p className="mt-1 text-muted">{why}</p>
      {expression && <code className="expression">{expression}</code>}
      {decision && <Values decision={decision} />}
      <EdgeBreakpoints edgeId={edge.id} />
    </li>
  );
}

function Values({ decision }: { readonly decision: Decision }) {
  const values = Object.entries(decision.values ?? {});
  if (decision.expression === null && values.length === 0) return null;
  return (
    <dl className="values">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{JSON.stringify(value)}</dd>
        </div>
      ))}
      <div>
        <dt>result</dt>
        <dd>{JSON.stringify(decision.result)}</dd>
      </div>
    </dl>
  );
}
