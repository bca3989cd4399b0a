/** What there is to know about a run as a whole: result, timeline, log. */

import { use, useState } from "react";
import { BreakpointList } from "../debug/breakpoint-list";
import { BreakpointsContext } from "../debug/breakpoints-context";
import { JsonBlock } from "../parts/json-block";
import { Tabs } from "../parts/tabs";
import { setQuery } from "../router";
import type { RunSnapshot } from "../run/store";
import { isKept, isOver, type RunView } from "../run/view";
import type { Graph } from "../client/types";
import { ErrorNotice } from "./error-notice";
import { EventLog } from "./event-log";
import { Facts } from "./facts";
import { Kin } from "./kin";
import { Timeline } from "./timeline";

const TABS = ["Result", "Timeline", "Log", "Breakpoints"] as const;

export interface RunPanelProps {
  readonly snapshot: RunSnapshot;
  readonly graph: Graph | null;
}

export function RunPanel({ snapshot, graph }: RunPanelProps) {
  const [tab, setTab] = useState<(typeof TABS)[number]>("Result");
  const { view, log } = snapshot;
  const { list, actions } = use(BreakpointsContext);
  const canBreak = actions !== null || list.length > 0;
  return (
    <Tabs
      label="About the run"
      names={canBreak ? TABS : TABS.slice(0, -1)}
      current={tab}
      onChange={setTab}
      counts={list.length > 0 ? { Log: log.length, Breakpoints: list.length } : { Log: log.length }}
    >
      {tab === "Result" && <Result view={view} />}
      {tab === "Timeline" && <Timeline view={view} graph={graph} />}
      {tab === "Log" && <EventLog events={log} isLive={!isOver(view.status)} />}
      {tab === "Breakpoints" && (
        <div className="panel-body">
          <BreakpointList graph={graph} />
        </div>
      )}
    </Tabs>
  );
}

function Result({ view }: { readonly view: RunView }) {
  const culprit = view.error?.node_id;
  return (
    <div className="panel-body">
      {view.error && (
        <ErrorNotice error={view.error}>
          {culprit && (
            <button
              type="button"
              className="button mt-3"
              onClick={() => {
                setQuery("node", culprit);
              }}
            >
              Open {culprit}
            </button>
          )}
        </ErrorNotice>
      )}
      {view.cancelReason !== null && (
        <div className="notice notice-cancel text-sm">
          <p className="font-medium">
            {view.status === "cancelled" ? "The run was cancelled" : "The run is being cancelled"}
          </p>
          <p className="text-muted">{view.cancelReason || "No reason was given."}</p>
        </div>
      )}
      {view.status === "completed" ? (
        <JsonBlock label="Output" value={view.output} />
      ) : (
        !isOver(view.status) && (
          <p className="text-sm text-muted">
            The output appears here when the run is over. Choose a node to see what it does.
          </p>
        )
      )}
      <Kin view={view} />
      <JsonBlock label="Input" value={view.input} />
      <RunFacts view={view} />
    </div>
  );
}

function RunFacts({ view }: { readonly view: RunView }) {
  const visits = [...view.nodes.values()].flatMap((node) => node.visits);
  const own = visits.filter((visit) => !isKept(view, visit));
  const usages = own.flatMap(({ usage }) => usage ?? []);
  const tokens = usages.reduce((sum, usage) => sum + usage.total_tokens, 0);
  const cost = usages.reduce((sum, usage) => sum + usage.cost_usd, 0);
  return (
    <Facts
      facts={[
        ["Visits", String(visits.filter(({ visit }) => visit > 0).length)],
        ["Tokens", tokens > 0 ? tokens.toLocaleString() : null],
        ["Cost", cost > 0 ? `$${cost.toFixed(4)}` : null],
        ["Created", view.createdAt && new Date(view.createdAt).toLocaleString()],
        ["Finished", view.finishedAt && new Date(view.finishedAt).toLocaleString()],
      ]}
    />
  );
}
