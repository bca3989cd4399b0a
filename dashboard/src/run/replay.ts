/** A run as of any entry of its log, made by the same reducer as the live one. */

import { useMemo, useState } from "react";
import type { LogEvent } from "../client/types";
import { applyEvents } from "./apply-event";
import { useRunSnapshot, type RunSnapshot, type RunStore } from "./store";
import { emptyRun, type RunView } from "./view";

/** Entries between two views that are kept: so far does a step back have to be made again. */
const STRIDE = 256;

/** Makes views of a log that grows, and keeps some of them. */
export class Replayer {
  private readonly kept: RunView[];
  /** The entries of the log with which the views end that are kept, but the first. */
  private readonly ends: LogEvent[] = [];

  constructor(runId: string) {
    this.kept = [emptyRun(runId)];
  }

  /** The run after so many entries of its log. */
  at(log: readonly LogEvent[], count: number): RunView {
    this.forgetOthers(log);
    const wanted = Math.floor(count / STRIDE);
    for (let made = this.kept.length; made <= wanted; made += 1) {
      const stride = log.slice((made - 1) * STRIDE, made * STRIDE);
      this.kept.push(applyEvents(this.base(made - 1), stride));
      this.ends.push(...stride.slice(-1));
    }
    return applyEvents(this.base(wanted), log.slice(wanted * STRIDE, count));
  }

  /** Views are of another log where a database was put back and the run went on from there. */
  private forgetOthers(log: readonly LogEvent[]): void {
    while (this.ends.length > 0 && log[this.ends.length * STRIDE - 1] !== this.ends.at(-1)) {
      this.kept.pop();
      this.ends.pop();
    }
  }

  private base(index: number): RunView {
    const view = this.kept[index];
    if (view === undefined) throw new RangeError(`no view ${index} has been made`);
    return view;
  }
}

/** The run that a page shows: as of an entry of its log, or live where `seq` is null. */
export function useReplay(live: RunStore, runId: string, seq: number | null): RunStore {
  const [replayer] = useState(() => new Replayer(runId));
  const snapshot = useRunSnapshot(live);
  return useMemo(
    () => (seq === null ? live : frozen(replayed(snapshot, replayer, seq), live)),
    [live, replayer, seq, snapshot],
  );
}

function replayed(snapshot: RunSnapshot, replayer: Replayer, seq: number): RunSnapshot {
  const count = snapshot.log.filter((event) => event.seq <= seq).length;
  return {
    ...snapshot,
    view: replayer.at(snapshot.log, count),
    log: snapshot.log.slice(0, count),
  };
}

/** A store of what does not change any more; news goes to the live one. */
function frozen(snapshot: RunSnapshot, live: RunStore): RunStore {
  return { ...live, subscribe: () => () => undefined, snapshot: () => snapshot };
}
