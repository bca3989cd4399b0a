/** The run that a run goes on from, and those that go on from it. */

import { useQuery } from "@tanstack/react-query";
import { STATUS_WORDS } from "../parts/status";
import { Link, runPath } from "../router";
import { isOver, type RunView } from "../run/view";
import { retriesQuery } from "../wire/queries";

const WORDS = { retry: "A retry of run", rerun: "A re-run of run", fork: "A fork of run" } as const;

export function Kin({ view }: { readonly view: RunView }) {
  const retries = useQuery({ ...retriesQuery(view.runId), enabled: isOver(view.status) });
  const found = retries.data?.items ?? [];
  return (
    <>
      {view.parentRunId !== null && (
        <p className="text-sm text-muted">
          A node of run{" "}
          <Link to={runPath(view.parentRunId)} className="link id">
            {view.parentRunId}
          </Link>{" "}
          asked for it.
        </p>
      )}
      {view.source && (
        <p className="text-sm text-muted">
          {WORDS[view.source.kind]}{" "}
          <Link to={runPath(view.source.run_id)} className="link id">
            {view.source.run_id}
          </Link>
          : it keeps what ended {view.source.kind === "fork" ? "before that" : "well there"}.
        </p>
      )}
      {found.length > 0 && (
        <section>
          <h3 className="panel-title">Went on in</h3>
          <ul className="framed divide-y divide-line text-sm">
            {found.map((run) => (
              <li key={run.id} className="row-detail px-3 py-2">
                <Link to={runPath(run.id)} className="link id">
                  {run.id}
                </Link>
                <span>{STATUS_WORDS[run.status]}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
