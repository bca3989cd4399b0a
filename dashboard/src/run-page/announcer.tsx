/** Says aloud, for those who do not see the page, what changed in the run. */

import { STATUS_WORDS } from "../parts/status";
import { useRunSnapshot, type RunSnapshot, type RunStore } from "../run/store";

export function Announcer({ store }: { readonly store: RunStore }) {
  const snapshot = useRunSnapshot(store);
  return (
    <p className="sr-only" role="status" aria-live="polite">
      {announcement(snapshot)}
    </p>
  );
}

function announcement({ view, connection }: RunSnapshot): string {
  const parts = [`Run ${STATUS_WORDS[view.status].toLowerCase()}.`];
  if (view.error) parts.push(`${view.error.type}: ${view.error.message}`);
  const failed = [...view.nodes.values()].filter((node) => node.status === "failed");
  if (failed.length > 0) parts.push(`Failed nodes: ${failed.map((node) => node.id).join(", ")}.`);
  const waiting = [...view.nodes.values()].filter((node) => node.status === "waiting");
  if (waiting.length > 0) parts.push(`Waiting nodes: ${waiting.map((node) => node.id).join(", ")}.`);
  if (connection.name === "reconnecting") parts.push("The connection was lost. Reconnecting.");
  const stopped = [...view.nodes.values()].filter((node) => node.status === "paused");
  if (stopped.length > 0) parts.push(`Stopped nodes: ${stopped.map((node) => node.id).join(", ")}.`);
  return parts.join(" ");
}
