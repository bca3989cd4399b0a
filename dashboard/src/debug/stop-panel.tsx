/** A visit that has stopped: what it goes on with, and all that can be done with it. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { JsonBlock } from "../parts/json-block";
import { ErrorNotice } from "../run-page/error-notice";
import { continueRun, editVisit, momentQuery, skipVisit, stepRun } from "../wire/debugging";
import type { Json } from "../client/types";
import type { Stop } from "../run/debug-view";
import { momentOf, type RunView, type VisitView } from "../run/view";
import { Beside } from "./beside";
import { stopHeadline } from "./stop-words";
import { addressOf } from "./use-debugger";
import { ValueEditor } from "./value-editor";
import { VariablesEditor } from "./variables-editor";

export interface StopPanelProps {
  readonly view: RunView;
  readonly visit: VisitView;
  readonly stop: Stop;
}

export function StopPanel({ view, visit, stop }: StopPanelProps) {
  const { runId } = view;
  const where = addressOf(stop);
  const moment = useQuery(momentQuery(runId, momentOf(view)));
  const breakpoint = view.debug.breakpoints.find(({ id }) => id === stop.breakpointId);
  return (
    <>
      <div className="notice notice-stop text-sm">
        <p className="font-medium">{stopHeadline(stop)}</p>
        {breakpoint?.condition && <code className="expression">{breakpoint.condition}</code>}
        {view.debug.stops.length > 1 && <AloneButton runId={runId} stop={stop} />}
      </div>
      {stop.error && <ErrorNotice error={stop.error} />}
      {stop.position === "after" ? (
        <AfterWork runId={runId} visit={visit} stop={stop} />
      ) : (
        <BeforeWork runId={runId} visit={visit} stop={stop} />
      )}
      <VariablesEditor
        values={{ ...moment.data?.variables, ...stop.variables }}
        onSend={(variables) => editVisit(runId, where, { variables })}
      />
      <Beside view={view} stop={stop} moment={moment.data ?? null} />
    </>
  );
}

interface PartProps {
  readonly runId: string;
  readonly visit: VisitView;
  readonly stop: Stop;
}

function AfterWork({ runId, visit, stop }: PartProps) {
  return (
    <>
      <ValueEditor
        label="Output"
        value={stop.output}
        word="Apply the output"
        onSend={(output) => editVisit(runId, addressOf(stop), { output })}
      />
      <JsonBlock label="Input" value={visit.input} />
    </>
  );
}

/** Also of what has failed: it can be tried again, with another input. */
function BeforeWork({ runId, visit, stop }: PartProps) {
  const where = addressOf(stop);
  const hasFailed = stop.position === "error";
  const input = hasFailed ? (stop.input ?? visit.input) : stop.input;
  const again = useMutation({ mutationFn: () => stepRun(runId, where, "over", true) });
  return (
    <>
      <ValueEditor
        label="Input"
        value={input}
        word="Apply the input"
        onSend={(value) => editVisit(runId, where, { input: value })}
      >
        {hasFailed && (
          <button
            type="button"
            className="button button-small"
            disabled={again.isPending}
            onClick={() => {
              again.mutate();
            }}
          >
            Try again
          </button>
        )}
        {again.isError && (
          <p role="alert" className="text-sm text-failed">
            {again.error.message}
          </p>
        )}
      </ValueEditor>
      <details className="fold" open={stop.output !== undefined}>
        <summary>{hasFailed ? "Go on as if it had not failed" : "Skip its work"}</summary>
        <ValueEditor
          label="Output"
          value={stop.output}
          hint='What it comes to instead; of a node that chooses a way it is {"route": …}.'
          word="Skip with this output"
          isSentUnchanged
          onSend={(output: Json) => skipVisit(runId, where, output)}
        />
      </details>
    </>
  );
}

function AloneButton({ runId, stop }: { readonly runId: string; readonly stop: Stop }) {
  const alone = useMutation({ mutationFn: () => continueRun(runId, addressOf(stop)) });
  return (
    <>
      <button
        type="button"
        className="button button-small mt-2"
        disabled={alone.isPending}
        onClick={() => {
          alone.mutate();
        }}
      >
        Continue only this one
      </button>
      {alone.isError && (
        <p role="alert" className="mt-1 text-failed">
          {alone.error.message}
        </p>
      )}
    </>
  );
}
