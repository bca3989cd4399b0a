/** Asks for a fork: a new run that leaves this one, with changes or without. */

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Option } from "../debug/debug-options";
import { Dialog } from "../parts/dialog";
import { refusalOf } from "../parts/refusal";
import { Link, navigate, runPath } from "../router";
import { forkRun, type ForkWish } from "../wire/debugging";
import type { ForkedRun } from "../client/types";
import type { RunView } from "../run/view";
import type { Graph } from "../client/types";
import { EditRows } from "./edit-rows";
import type { Leave } from "./fork-button";
import { firstRows, type EditRow, readRows } from "./fork-edits";

export interface ForkDialogProps {
  readonly run: RunView;
  readonly graph: Graph;
  readonly leave: Leave;
  readonly onClose: () => void;
}

export function ForkDialog({ run, graph, leave, onClose }: ForkDialogProps) {
  const [fork, setFork] = useState<ForkedRun | null>(null);
  return (
    <Dialog title={fork === null ? titleOf(leave) : "The fork has begun"} onClose={onClose}>
      {fork === null ? (
        <ForkForm {...{ run, graph, leave, onClose }} onBegun={setFork} />
      ) : (
        <Repeats fork={fork} />
      )}
    </Dialog>
  );
}

function titleOf(leave: Leave): string {
  return "seq" in leave ? `Fork after entry ${leave.seq}` : `Fork before ${leave.before.node_id}`;
}

interface ForkFormProps extends ForkDialogProps {
  readonly onBegun: (fork: ForkedRun) => void;
}

function ForkForm({ run, graph, leave, onClose, onBegun }: ForkFormProps) {
  const [rows, setRows] = useState<readonly EditRow[]>(() => firstRows(run, leave));
  const [isStopping, setStopping] = useState(false);
  const [isPinning, setPinning] = useState(false);
  const [hasBreakpoints, setHasBreakpoints] = useState(true);
  const { breakpoints } = run.debug;
  const read = readRows(rows);
  const fork = useMutation({
    mutationFn: (wish: ForkWish) => forkRun(run.runId, wish),
    onSuccess: (begun) => {
      if (begun.repeats?.some(({ pinned }) => !pinned)) onBegun(begun);
      else navigate(runPath(begun.id));
    },
  });
  const refusal = refusalOf(fork.error);
  const pointers = read.keys.map((_, index) => `/edits/${index}`);
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (read.problems.size > 0) return;
        const debug = { stepping: isStopping, breakpoints: hasBreakpoints ? breakpoints : [] };
        fork.mutate({ ...leave, edits: read.edits, pin_side_effects: isPinning, debug });
      }}
    >
      <p className="text-sm text-muted">
        A new run that keeps what had ended by then. What was under way begins anew; this run stays as
        it is.
      </p>
      <EditRows
        rows={rows}
        run={run}
        graph={graph}
        onChange={setRows}
        problemsOf={(key) => {
          const unread = read.problems.get(key);
          const place = read.keys.indexOf(key);
          return unread === undefined ? refusal.at(`/edits/${place}`) : [unread];
        }}
      />
      <div className="grid gap-2">
        <Option label="Stop before the first node" isOn={isStopping} onChange={setStopping} />
        {breakpoints.length > 0 && (
          <Option
            label={`With the breakpoints of this run (${breakpoints.length})`}
            isOn={hasBreakpoints}
            onChange={setHasBreakpoints}
          />
        )}
        <Option
          label="What touched the world after that comes to what it came to, and is not done again"
          isOn={isPinning}
          onChange={setPinning}
        />
      </div>
      {refusal.elsewhere(...pointers).map((detail) => (
        <p key={detail} role="alert" className="text-sm text-failed">
          {detail}
        </p>
      ))}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
        <button
          type="submit"
          className="button button-primary"
          disabled={fork.isPending || read.problems.size > 0}
        >
          {fork.isPending ? "Forking…" : "Fork"}
        </button>
      </div>
    </form>
  );
}

/** What the fork does a second time. */
function Repeats({ fork }: { readonly fork: ForkedRun }) {
  const again = fork.repeats?.filter(({ pinned }) => !pinned) ?? [];
  return (
    <>
      <p className="text-sm text-muted">These have touched the world already and may do so again:</p>
      <ul className="framed beside text-sm">
        {again.map(({ node_id: nodeId, path, visit }) => (
          <li key={`${nodeId}/${path}/${visit}`}>
            {path === "" ? nodeId : `${path} › ${nodeId}`}
            {visit > 1 ? ` #${visit}` : ""}
          </li>
        ))}
      </ul>
      <div className="flex justify-end">
        <Link to={runPath(fork.id)} className="button button-primary">
          Open the fork
        </Link>
      </div>
    </>
  );
}
