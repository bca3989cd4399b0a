/** The run's log, line by line, in the order in which it was written. */

import { useEffect, useRef, useState } from "react";
import { Empty } from "../parts/notice";
import { clockWords } from "../parts/time-words";
import type { LogEvent } from "../client/types";
import { eventTone, eventWords } from "./event-words";

const STEP = 300;

export interface EventLogProps {
  readonly events: readonly LogEvent[];
  readonly isLive: boolean;
}

export function EventLog({ events, isLive }: EventLogProps) {
  const [limit, setLimit] = useState(STEP);
  const end = useFollowing(events.length, isLive);
  if (events.length === 0) return <Empty title="The log is empty" />;
  const hidden = Math.max(0, events.length - limit);
  return (
    <div className="log">
      {hidden > 0 && (
        <button
          type="button"
          className="link m-3 text-sm"
          onClick={() => {
            setLimit(limit + STEP);
          }}
        >
          Show {Math.min(STEP, hidden)} earlier of {hidden.toLocaleString()} hidden lines
        </button>
      )}
      <ol>
        {events.slice(hidden).map((event) => (
          <LogLine key={event.seq} event={event} />
        ))}
      </ol>
      <div ref={end} />
    </div>
  );
}

function LogLine({ event }: { readonly event: LogEvent }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <details
        className="log-line"
        onToggle={(toggle) => {
          setOpen(toggle.currentTarget.open);
        }}
      >
        <summary>
          <span className="log-seq">{event.seq}</span>
          <time dateTime={event.at}>{clockWords(event.at)}</time>
          <span className={`log-words tone-${eventTone(event)}`}>{eventWords(event)}</span>
        </summary>
        {isOpen && <pre tabIndex={0}>{JSON.stringify(event, null, 2)}</pre>}
      </details>
    </li>
  );
}

const NEAR_END_PX = 80;

/** Keeps the newest line in sight as long as the reader has not scrolled away from it. */
function useFollowing(length: number, isLive: boolean) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = end.current?.closest<HTMLElement>(".tab-panel");
    if (!isLive || !box) return;
    const hasOwnScroll = box.scrollHeight > box.clientHeight;
    const isNearEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX + 40;
    if (hasOwnScroll && isNearEnd) box.scrollTop = box.scrollHeight;
  }, [length, isLive]);
  return end;
}
