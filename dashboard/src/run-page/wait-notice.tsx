/** What a visit waits for; where it is a person, the way to the answer. */

import { untilWords } from "../parts/time-words";
import { Link, taskPath } from "../router";
import type { Wait } from "../run/view";

export function WaitNotice({ wait }: { readonly wait: Wait }) {
  return (
    <div className="notice notice-waiting text-sm">
      <p className="font-medium">
        {headline(wait)}
        {untilWords(wait.dueAt)}
      </p>
      {wait.prompt !== null && <p className="prompt mt-1">{wait.prompt}</p>}
      {wait.taskId !== null && (
        <Link to={taskPath(wait.taskId)} className="button mt-3">
          Answer the task
        </Link>
      )}
    </div>
  );
}

function headline({ kind, assignee, name, key }: Wait): string {
  switch (kind) {
    case "task":
      return `Waits for an answer${assignee === null ? "" : ` of ${assignee}`}`;
    case "timer":
      return "Waits";
    case "run":
      return `Waits for its run of ${name ?? "another workflow"}`;
    case "signal":
      return `Waits for the signal ${name ?? ""}${key ? ` with the key ${key}` : ""}`;
  }
}
