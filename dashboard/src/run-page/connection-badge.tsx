/** Says whether the page is up to date, and when it will try to be again. */

import { useNow } from "../parts/clock";
import type { ConnectionState } from "../client/connection";

export function ConnectionBadge({ connection }: { readonly connection: ConnectionState }) {
  switch (connection.name) {
    case "connecting":
      return <span className="badge">Connecting…</span>;
    case "live":
      return (
        <span className="badge badge-live">
          <span className="badge-dot" aria-hidden="true" />
          Live
        </span>
      );
    case "reconnecting":
      return <Reconnecting attempt={connection.attempt} retryAt={connection.retryAt} />;
    case "refused":
      return <span className="badge badge-bad">{connection.detail}</span>;
    case "ended":
      return null;
  }
}

interface ReconnectingProps {
  readonly attempt: number;
  readonly retryAt: number;
}

function Reconnecting({ attempt, retryAt }: ReconnectingProps) {
  const seconds = Math.ceil((retryAt - useNow(true)) / 1_000);
  return (
    <span className="badge badge-bad">
      Reconnecting{seconds > 0 ? ` in ${seconds} s` : "…"}
      {attempt > 1 && <span>(try {attempt})</span>}
    </span>
  );
}
