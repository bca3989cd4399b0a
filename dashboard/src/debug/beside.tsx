/** What goes on in the run beside a visit that has stopped. */

import { setQuery } from "../router";
import type { NodeStatus, VisitAddress } from "../client/types";
import { isSameVisit, type Stop } from "../run/debug-view";
import { openVisits, type RunView, type Wait } from "../run/view";
import type { RunState, Token } from "../client/types";

export interface BesideProps {
  readonly view: RunView;
  readonly stop: Stop;
  readonly moment: RunState | null;
}

const STATES: Readonly<Partial<Record<NodeStatus, string>>> = {
  running: "is at work",
  retrying: "tries again soon",
  paused: "has stopped, too",
};

export function Beside({ view, stop, moment }: BesideProps) {
  const others = openVisits(view).filter((other) => !isSameVisit(other, stop));
  if (moment === null) return null;
  const { joins } = moment;
  const tokens = moment.tokens.filter((token) => !view.debug.stops.some((one) => takes(one, token)));
  if (others.length + tokens.length + joins.length === 0) {
    return <p className="text-sm text-muted">Nothing else is at work, waits or has stopped.</p>;
  }
  return (
    <section>
      <h3 className="panel-title">Beside it</h3>
      <ul className="framed beside">
        {others.map((other) => (
          <li key={`${other.node_id}/${other.path}/${other.visit}`}>
            <NodeLink place={other} />{" "}
            {STATES[other.status] ?? (other.wait === null ? "waits" : waitWords(other.wait))}
          </li>
        ))}
        {joins.map((join) => (
          <li key={`join ${join.path} ${join.node_id}`}>
            <NodeLink place={join} /> holds {edgeWords(join.holds)} and waits for{" "}
            {edgeWords(join.awaits)}
          </li>
        ))}
        {tokens.map((token) => (
          <li key={`token ${token.path} ${token.edge_id ?? token.target}`}>
            a token lies {token.edge_id === null ? "at" : `on ${token.edge_id}, for`}{" "}
            <NodeLink place={{ node_id: token.target, path: token.path }} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A visit that has stopped before its work is shown as that, not by the token that it will take. */
function takes({ node_id: nodeId, path, position }: Stop, token: Token): boolean {
  return position === "before" && nodeId === token.target && path === token.path;
}

function waitWords({ kind, name }: Wait): string {
  return `waits for a ${kind}${name === null ? "" : ` ${name}`}`;
}

function edgeWords(tokens: readonly { readonly edge_id: string | null }[]): string {
  return tokens.map(({ edge_id: id }) => id ?? "the beginning").join(", ") || "nothing";
}

function NodeLink({ place }: { readonly place: Omit<VisitAddress, "visit"> & { readonly visit?: number } }) {
  const { node_id: nodeId, path, visit = 1 } = place;
  return (
    <button
      type="button"
      className="link"
      onClick={() => {
        setQuery("node", nodeId);
      }}
    >
      {path === "" ? nodeId : `${path} › ${nodeId}`}
      {visit > 1 ? ` #${visit}` : ""}
    </button>
  );
}
