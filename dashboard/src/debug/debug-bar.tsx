/** The bar with what can be asked of a live run, and what has stopped in it. */

import { use, useEffect, useEffectEvent, useRef } from "react";
import { setQuery } from "../router";
import { isOver } from "../run/view";
import { selectedStop, visitKey, type Stop } from "../run/debug-view";
import { useRunSnapshot, type RunStore } from "../run/store";
import type { Graph, Run } from "../client/types";
import { BreakpointsContext, useToggle } from "./breakpoints-context";
import { COMMANDS, isPossible, KEYS, TOGGLE_KEY, type CommandName } from "./commands";
import { useDebugger, useKeys } from "./use-debugger";
import { stopWords } from "./stop-words";

export interface DebugBarProps {
  readonly run: Run;
  readonly live: RunStore;
  readonly graph: Graph;
  readonly nodeId: string | null;
  readonly visit: string | null;
}

const WORDS: Readonly<Record<CommandName, string>> = {
  continue: "Continue",
  pause: "Pause",
  over: "Step over",
  into: "Step into",
  out: "Step out",
  to: "Run to here",
};

const SHAPES: Readonly<Record<CommandName, string>> = {
  continue: "M3 3v10M6.5 3v10l7-5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  over: "M2 8.5a6 6 0 0 1 11.5-2M13.8 3v3.8H10M8 12.5h.01",
  into: "M8 2v7.5M4.7 6.3 8 9.6l3.3-3.3M8 13h.01",
  out: "M8 9.6V2M4.7 5.3 8 2l3.3 3.3M8 13h.01",
  to: "M2 8h8M7 4.7 10.3 8 7 11.3M13.5 3v10",
};

const NO_KEYS = {};

export function DebugBar({ run, live, graph, nodeId, visit }: DebugBarProps) {
  const { view } = useRunSnapshot(live);
  const selected = selectedStop(view.debug, nodeId, visit);
  const { stops } = view.debug;
  const { ask, situation, isPending, ...asked } = useDebugger(run, {
    status: view.status,
    stops,
    selected,
    nodeId,
  });
  const breaking = useToggle({ on: "before", id: nodeId ?? "" }).change;
  const { actions } = use(BreakpointsContext);
  const canBreak = nodeId !== null && actions !== null;
  useKeys(ask, canBreak ? { [TOGGLE_KEY]: breaking.mutate } : NO_KEYS);
  useComingStops(stops, nodeId);
  const error = asked.error ?? breaking.error;
  if (isOver(view.status)) return null;
  return (
    <div className="debug-bar" role="group" aria-label="Debugger" data-keeps-focus>
      {COMMANDS.map((command) => (
        <button
          key={command}
          type="button"
          className="debug-command"
          title={KEYS[command] ? `${WORDS[command]} (${KEYS[command]})` : WORDS[command]}
          aria-label={WORDS[command]}
          aria-keyshortcuts={KEYS[command]}
          // A step leaves the focus where it is while it goes on.
          aria-disabled={isPending || !isPossible(command, situation)}
          onClick={() => {
            ask(command);
          }}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={SHAPES[command]} />
          </svg>
          <span className="debug-word">{WORDS[command]}</span>
          {KEYS[command] && <kbd aria-hidden="true">{KEYS[command].replace("Shift+", "⇧")}</kbd>}
        </button>
      ))}
      {situation.isHeld && view.status !== "paused" && <span className="text-muted">Pausing…</span>}
      {view.debug.until !== null && <span className="text-muted">to {view.debug.until}</span>}
      {selected && <Stops stops={stops} selected={selected} graph={graph} />}
      {error && (
        <span role="alert" className="basis-full text-failed">
          {error.message}
        </span>
      )}
    </div>
  );
}

/** Shows what stops anew, unless somebody looks at another stop or types. */
function useComingStops(stops: readonly Stop[], nodeId: string | null): void {
  const seen = useRef(0);
  const newest = stops.at(-1);
  const show = useEffectEvent((stop: Stop) => {
    const isLooking = stops.some(({ node_id: id }) => id === nodeId);
    const isTyping = document.activeElement?.matches("input, textarea, select, dialog *") ?? false;
    if (!isLooking && !isTyping) select(stop);
  });
  useEffect(() => {
    if (newest === undefined || newest.seq <= seen.current) return;
    seen.current = newest.seq;
    show(newest);
  }, [newest]);
}

function select(stop: Stop): void {
  setQuery("node", stop.node_id);
  setQuery("visit", visitKey(stop));
}

interface StopsProps {
  readonly stops: readonly Stop[];
  readonly selected: Stop;
  readonly graph: Graph;
}

function Stops({ stops, selected, graph }: StopsProps) {
  const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
  if (stops.length === 1) {
    return (
      <button
        type="button"
        className="stop-chip"
        onClick={() => {
          select(selected);
        }}
      >
        {stopWords(selected, names)}
      </button>
    );
  }
  return (
    <select
      className="stop-chip"
      aria-label={`${stops.length} visits have stopped; meant is`}
      value={visitKey(selected)}
      onChange={({ target }) => {
        const picked = stops.find((stop) => visitKey(stop) === target.value);
        if (picked) select(picked);
      }}
    >
      {stops.map((stop) => (
        <option key={visitKey(stop)} value={visitKey(stop)}>
          {stopWords(stop, names)}
        </option>
      ))}
    </select>
  );
}
