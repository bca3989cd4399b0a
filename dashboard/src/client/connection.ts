/** A subscription to one run that survives cuts: it asks again, after the last event that it saw. */

import { backoffMs } from "./backoff";
import { type Line, NO_CLOSE_FRAME, NO_KEY, openSocket, openStream, type Topic } from "./lines";
import { HERE, type Server } from "./server";
import type { ServerFrame, WireEvent } from "./types";

export type ConnectionState =
  | { readonly name: "connecting" }
  | { readonly name: "live" }
  | { readonly name: "reconnecting"; readonly attempt: number; readonly retryAt: number }
  | { readonly name: "ended" }
  | { readonly name: "refused"; readonly detail: string };

export interface Listener {
  readonly onEvents: (events: readonly WireEvent[]) => void;
  readonly onState: (state: ConnectionState) => void;
  /** What one has is not what is there: forget what came after `from`, or, if null, read anew. */
  readonly onMissed?: (from: number | null) => void;
}

/** The codes with which the server says that asking again is of no use. */
const REFUSALS: Readonly<Record<number, string>> = {
  4400: "The server did not understand this page. Reload it to get its newest version.",
  4401: "The server wants a key that this page does not have.",
  4403: "The server does not accept this page's address.",
  4404: "There is no such run or project, or it is not yours.",
};

/** The errors that are about what the line is for; after others the server closes it. */
const NOT_FOUND: ReadonlySet<string> = new Set(["run-not-found", "project-not-found"]);

const FLUSH_MS = 40;

/** Opens the line and keeps it open; the answer closes it for good. */
export function connect(topic: Topic, listener: Listener, server: Server = HERE): () => void {
  let line: Line | null = null;
  let isSocketsTurn = true;
  let hasSocketSpoken = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setInterval> | undefined;
  let flush: ReturnType<typeof setTimeout> | undefined;
  let waiting: WireEvent[] = [];
  let lastSeq = 0;
  let headSeq = 0;
  let heard = Date.now();
  let attempt = 0;
  let isClosed = false;

  function open(): void {
    clearTimeout(retry);
    let isGone = false;
    const ears = {
      hear: (frames: readonly ServerFrame[]) => {
        if (isGone) return;
        heard = Date.now();
        frames.forEach(take);
      },
      lost: (code: number) => {
        if (!isGone) lost(code);
        isGone = true;
      },
    };
    const opened = isSocketsTurn
      ? openSocket(server, ears)
      : openStream(server, topic, lastSeq, ears);
    line = {
      send: opened.send,
      close: () => {
        isGone = true; // what it says after this is nobody's
        opened.close();
      },
    };
  }

  function take(frame: ServerFrame): void {
    switch (frame.type) {
      case "hello":
        hasSocketSpoken ||= isSocketsTurn;
        watch(frame.heartbeat_seconds * 1000);
        introduce(server.key());
        send({ type: "subscribe", ...asAddress(topic, lastSeq) });
        return;
      case "subscribed":
        attempt = 0;
        headSeq = frame.head_seq ?? 0;
        if (lastSeq >= headSeq) listener.onState({ name: "live" });
        return;
      case "event":
        keep(frame.event);
        return;
      case "end":
        end({ name: "ended" });
        return;
      case "resync":
        if (frame.from !== null) lastSeq = frame.from;
        deliver(); // what came before this is forgotten with the rest
        listener.onMissed?.(frame.from);
        return;
      case "error":
        if (NOT_FOUND.has(frame.code)) end({ name: "refused", detail: frame.detail });
        return;
      case "pong":
        return;
    }
  }

  /** A browser puts no header on a socket, so the key is the first word. */
  function introduce(key: string | null): void {
    if (key !== null) send({ type: "auth", key });
  }

  /** The page is drawn once per burst of events, and once for all that happened before it came. */
  function keep(event: WireEvent): void {
    waiting.push(event);
    if ("seq" in event && topic.runId !== undefined) {
      const isCatchingUp = lastSeq < headSeq;
      lastSeq = Math.max(lastSeq, event.seq);
      if (isCatchingUp && lastSeq >= headSeq) {
        deliver();
        listener.onState({ name: "live" });
      }
    }
    if (lastSeq >= headSeq) flush ??= setTimeout(deliver, FLUSH_MS);
  }

  function deliver(): void {
    clearTimeout(flush);
    flush = undefined;
    const events = waiting;
    waiting = [];
    if (events.length > 0) listener.onEvents(events);
  }

  /** A line can die without a word (a laptop that slept): silence for two beats means dead. */
  function watch(beatMs: number): void {
    clearInterval(watchdog);
    watchdog = setInterval(() => {
      if (Date.now() - heard >= 2 * beatMs) drop();
      else send({ type: "ping" });
    }, beatMs);
  }

  /** A dead line may take minutes to close: it is not waited for. */
  function drop(): void {
    line?.close();
    lost(NO_CLOSE_FRAME);
  }

  function lost(code: number): void {
    line = null;
    clearInterval(watchdog);
    deliver();
    if (isClosed) return;
    const refusal = REFUSALS[code];
    if (code === NO_KEY) server.refused();
    if (refusal !== undefined) {
      end({ name: "refused", detail: refusal });
      return;
    }
    // What keeps sockets out keeps out the first one; where one has spoken, the line just broke.
    isSocketsTurn = hasSocketSpoken || !isSocketsTurn;
    attempt += 1;
    const delay = backoffMs(attempt, Math.random());
    listener.onState({ name: "reconnecting", attempt, retryAt: Date.now() + delay });
    retry = setTimeout(open, delay);
  }

  function end(state: ConnectionState): void {
    deliver();
    close();
    listener.onState(state);
  }

  function send(frame: Readonly<Record<string, unknown>>): void {
    line?.send(frame);
  }

  function openNow(): void {
    if (!isClosed && line === null) open();
  }

  function close(): void {
    isClosed = true;
    clearTimeout(retry);
    clearTimeout(flush);
    clearInterval(watchdog);
    window.removeEventListener("online", openNow);
    line?.close();
  }

  window.addEventListener("online", openNow);
  open();
  return close;
}

function asAddress(topic: Topic, afterSeq: number): Readonly<Record<string, string | number>> {
  if (topic.runId !== undefined) return { run_id: topic.runId, after_seq: afterSeq };
  return { project_id: topic.projectId ?? "" };
}
