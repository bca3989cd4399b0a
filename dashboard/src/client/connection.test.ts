import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect, type ConnectionState } from "./connection";
import { HERE } from "./server";
import type { ServerFrame, WireEvent } from "./types";

/** Stands in for the browser's socket; the tests play the server. */
class Line {
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  static all: Line[] = [];
  readonly sent: unknown[] = [];
  readyState = Line.OPEN;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(
    readonly address: string,
    readonly protocol: string,
  ) {
    Line.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code = 1000): void {
    if (this.readyState === Line.CLOSED) return;
    this.readyState = Line.CLOSED;
    this.onclose?.({ code });
  }

  say(...frames: ServerFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const HELLO: ServerFrame = { type: "hello", protocol: "workflow.v1", heartbeat_seconds: 20 };
const FLUSH_MS = 50;

function subscribed(head_seq: number): ServerFrame {
  return { type: "subscribed", run_id: "r1", head_seq };
}

function event(seq: number): ServerFrame {
  const at = "2026-11-21T10:00:00Z";
  return { type: "event", event: { seq, type: "workflow.run.started", at, run_id: "r1", attempt: 1, data: {} } };
}

let states: ConnectionState[];
let batches: number[][];
/** From where something was missed, and what had been told by then. */
let missed: [number | null, number[]][];
let close: () => void;

function line(): Line {
  const last = Line.all.at(-1);
  if (!last) throw new Error("no line was opened");
  return last;
}

function seqOf(one: WireEvent): number {
  return "seq" in one ? one.seq : 0;
}

beforeEach(() => {
  HERE.key = () => null;
  HERE.refused = () => undefined;
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("window", {
    location: { origin: "http://here" },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  });
  Line.all = [];
  states = [];
  batches = [];
  missed = [];
  close = connect(
    { runId: "r1" },
    {
      onState: (state) => states.push(state),
      onMissed: (from) => missed.push([from, batches.flat()]),
      onEvents: (events) => batches.push(events.map(seqOf)),
    },
  );
});

afterEach(() => {
  close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it speaks the protocol and asks for the whole log first", () => {
  line().say(HELLO);
  expect(line()).toMatchObject({ address: "ws://here/api/v1/ws", protocol: "workflow.v1" });
  expect(line().sent).toEqual([{ type: "subscribe", run_id: "r1", after_seq: 0 }]);
});

test("what happened before is given at once, what happens then in bursts", () => {
  line().say(HELLO, subscribed(3), event(1), event(2));
  vi.advanceTimersByTime(FLUSH_MS);
  expect(batches).toEqual([]);
  line().say(event(3));
  expect(batches).toEqual([[1, 2, 3]]);
  expect(states).toEqual([{ name: "live" }]);
  line().say(event(4), event(5));
  vi.advanceTimersByTime(FLUSH_MS);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test("after a cut it asks again, after the last event that it saw", () => {
  line().say(HELLO, subscribed(0), event(1), event(2));
  line().close(1012);
  expect(batches).toEqual([[1, 2]]);
  expect(states.at(-1)).toMatchObject({ name: "reconnecting", attempt: 1 });
  vi.advanceTimersByTime(1000);
  expect(Line.all).toHaveLength(2);
  line().say(HELLO);
  expect(line().sent).toEqual([{ type: "subscribe", run_id: "r1", after_seq: 2 }]);
});

test("a key is the first word", () => {
  HERE.key = () => "secret";
  line().say(HELLO);
  expect(line().sent).toEqual([
    { type: "auth", key: "secret" },
    { type: "subscribe", run_id: "r1", after_seq: 0 },
  ]);
});

test("whoever has the wrong key is told so", () => {
  const refused = vi.fn();
  HERE.refused = refused;
  line().say(HELLO);
  line().close(4401);
  expect(refused).toHaveBeenCalledOnce();
});

test("a place that is no more is corrected", () => {
  line().say(HELLO, subscribed(0), event(7), { type: "resync", run_id: "r1", from: 3 });
  expect(missed).toEqual([[3, [7]]]);
  line().close(1012);
  vi.advanceTimersByTime(1000);
  line().say(HELLO);
  expect(line().sent).toEqual([{ type: "subscribe", run_id: "r1", after_seq: 3 }]);
});

test("a refusal is final", () => {
  line().say(HELLO);
  line().close(4401);
  vi.advanceTimersByTime(60_000);
  expect(states).toMatchObject([{ name: "refused" }]);
  expect(Line.all).toHaveLength(1);
});

test("what is not there is not asked for again", () => {
  line().say(HELLO, { type: "error", code: "run-not-found", detail: "no run 'r1'" });
  vi.advanceTimersByTime(60_000);
  expect(states).toEqual([{ name: "refused", detail: "no run 'r1'" }]);
  expect(Line.all).toHaveLength(1);
  expect(line().readyState).toBe(Line.CLOSED);
});

test("the end of the run is the end of the line", () => {
  line().say(HELLO, subscribed(1), event(1), { type: "end", run_id: "r1" });
  vi.advanceTimersByTime(60_000);
  expect(states.at(-1)).toEqual({ name: "ended" });
  expect(Line.all).toHaveLength(1);
  expect(line().readyState).toBe(Line.CLOSED);
});

test("silence for two beats is a cut", () => {
  line().say(HELLO, subscribed(0));
  vi.advanceTimersByTime(20_000);
  expect(line().sent.at(-1)).toEqual({ type: "ping" });
  vi.advanceTimersByTime(21_000);
  expect(Line.all).toHaveLength(2);
});

test("where no socket is let through, the stream is read over HTTP", async () => {
  const texts = new TransformStream<string, string>();
  const writer = texts.writable.getWriter();
  const asked = vi.fn(() =>
    Promise.resolve(new Response(texts.readable.pipeThrough(new TextEncoderStream()))),
  );
  vi.stubGlobal("fetch", asked);
  HERE.key = () => "secret";
  line().close(1006);
  vi.advanceTimersByTime(1000);
  expect(asked).toHaveBeenCalledWith(
    "/api/v1/runs/r1/events/stream?after_seq=0",
    expect.objectContaining({ headers: { Authorization: "Bearer secret" } }),
  );
  const sent = [subscribed(2), event(1), event(2)].map(asSent).join("");
  await writer.write(`: still here\n\n${sent.slice(0, 50)}`);
  await writer.write(`${sent.slice(50)}event: end\ndata: {}\n\n`);
  await vi.waitFor(() => { expect(states.at(-1)).toEqual({ name: "ended" }); });
  expect(batches).toEqual([[1, 2]]);
});

test("a stream that is refused says so", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(null, { status: 404 })));
  line().close(1006);
  vi.advanceTimersByTime(1000);
  await vi.waitFor(() => { expect(states.at(-1)).toMatchObject({ name: "refused" }); });
  expect(Line.all).toHaveLength(1);
});

test("where a socket has spoken, what breaks is only the line", () => {
  const asked = vi.fn();
  vi.stubGlobal("fetch", asked);
  line().say(HELLO);
  while (Line.all.length < 4) {
    line().close(1006);
    vi.advanceTimersByTime(20_000);
  }
  expect(asked).not.toHaveBeenCalled();
  expect(Line.all).toHaveLength(4);
});

/** A frame as the server's stream spells it. */
function asSent(frame: ServerFrame): string {
  if (frame.type !== "event") return `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;
  return `id: 1\ndata: ${JSON.stringify(frame.event)}\n\n`;
}
