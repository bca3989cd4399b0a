/** One visit: what went in, what came out, what it streams, which attempts it took. */

import { Elapsed } from "../parts/elapsed";
import { JsonBlock } from "../parts/json-block";
import { clockWords, spanWords } from "../parts/time-words";
import type { VisitView } from "../run/view";
import { ErrorNotice } from "./error-notice";
import { Facts } from "./facts";
import { WaitNotice } from "./wait-notice";

export function VisitDetails({ visit }: { readonly visit: VisitView }) {
  const hasEnded = visit.finishedAt !== null;
  return (
    <>
      {visit.error && hasEnded && (
        <ErrorNotice error={visit.error}>
          {visit.handled && <p className="mt-1 text-muted">An error edge took over.</p>}
        </ErrorNotice>
      )}
      {visit.status === "skipped" && (
        <p className="text-sm text-muted">No path of this run leads here any more.</p>
      )}
      {visit.startedAt && (
        <p className="row-detail text-sm">
          <span>
            <Elapsed from={visit.startedAt} to={visit.finishedAt} />
          </span>
          <span>started {clockWords(visit.startedAt)}</span>
          {visit.attempt > 1 && <span>attempt {visit.attempt}</span>}
        </p>
      )}
      {visit.status === "waiting" && visit.wait && <WaitNotice wait={visit.wait} />}
      {!hasEnded && visit.progress > 0 && <Progress visit={visit} />}
      {visit.text !== "" && !hasEnded && <Stream text={visit.text} />}
      {visit.status === "completed" && <JsonBlock label="Output" value={visit.output} />}
      {(visit.startedAt ?? visit.status === "paused") && <JsonBlock label="Input" value={visit.input} />}
      <Failures visit={visit} />
      <UsageFacts visit={visit} />
    </>
  );
}

function Progress({ visit }: { readonly visit: VisitView }) {
  const percent = Math.round(visit.progress * 100);
  return (
    <div className="grid gap-1.5 text-sm">
      <div
        className="meter"
        role="progressbar"
        aria-label="Progress of the node"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ transform: `scaleX(${visit.progress})` }} />
      </div>
      <p className="text-muted">
        {percent} %{visit.message ? ` · ${visit.message}` : ""}
      </p>
    </div>
  );
}

function Stream({ text }: { readonly text: string }) {
  return (
    <figure className="json-block">
      <figcaption>Streaming</figcaption>
      <pre tabIndex={0} aria-label="Streaming" className="stream">
        {text}
        <span className="caret" aria-hidden="true" />
      </pre>
    </figure>
  );
}

function Failures({ visit }: { readonly visit: VisitView }) {
  if (visit.failures.length === 0) return null;
  return (
    <section>
      <h3 className="panel-title">Failed attempts</h3>
      <ol className="framed divide-y divide-line text-sm">
        {visit.failures.map((failure) => (
          <li key={failure.attempt} className="px-3 py-2">
            <p className="row-detail">
              <span className="text-ink">Attempt {failure.attempt}</span>
              <span>{clockWords(failure.at)}</span>
              {failure.delaySeconds !== null && (
                <span>waited {spanWords(failure.delaySeconds * 1000)}</span>
              )}
            </p>
            <p className="mt-0.5 break-words">
              <span className="font-mono text-xs font-semibold text-failed">
                {failure.error.type}
              </span>{" "}
              {failure.error.message}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function UsageFacts({ visit: { usage } }: { readonly visit: VisitView }) {
  if (usage === null) return null;
  return (
    <Facts
      facts={[
        ["Model", usage.model ?? null],
        ["Tokens in", usage.input_tokens.toLocaleString()],
        ["Tokens out", usage.output_tokens.toLocaleString()],
        ["Cost", usage.cost_usd > 0 ? `$${usage.cost_usd.toFixed(4)}` : null],
      ]}
    />
  );
}
