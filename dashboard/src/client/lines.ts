/** What carries frames: a socket, or an HTTP stream where something in between lets no socket through. */

import { type Server, socketAddress } from "./server";
import { framesOf } from "./sse";
import type { ServerFrame } from "./types";

export const PROTOCOL = "workflow.v1";

export const NO_KEY = 4401;
export const NO_CLOSE_FRAME = 1006;

export interface Topic {
  readonly runId?: string;
  readonly projectId?: string;
}

export interface Line {
  readonly send: (frame: Readonly<Record<string, unknown>>) => void;
  readonly close: () => void;
}

export interface Ears {
  /** Frames, or none: a sign that the server is there. */
  readonly hear: (frames: readonly ServerFrame[]) => void;
  /** The line is gone; with the close code that says why. */
  readonly lost: (code: number) => void;
}

export function openSocket(server: Server, ears: Ears): Line {
  const socket = new WebSocket(socketAddress(server), PROTOCOL);
  socket.onmessage = (message) => { ears.hear([JSON.parse(String(message.data)) as ServerFrame]); };
  socket.onclose = (event) => { ears.lost(event.code); };
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close: () => { socket.close(); },
  };
}

/** How often the server says at least that it is there; the stream has no frame that tells it. */
const HELLO: ServerFrame = { type: "hello", protocol: PROTOCOL, heartbeat_seconds: 20 };

/** The statuses that mean what a close code of the socket means. */
const CODES: Readonly<Record<number, number>> = { 401: NO_KEY, 403: 4403, 404: 4404 };

export function openStream(server: Server, topic: Topic, afterSeq: number, ears: Ears): Line {
  const leaving = new AbortController();
  void listen(server, topic, afterSeq, ears.hear, leaving.signal).then(
    ears.lost,
    () => { ears.lost(NO_CLOSE_FRAME); }, // whatever broke it: the network does not say
  );
  return { send: () => undefined, close: () => { leaving.abort(); } };
}

async function listen(
  server: Server,
  topic: Topic,
  afterSeq: number,
  hear: Ears["hear"],
  signal: AbortSignal,
): Promise<number> {
  const key = server.key();
  const headers: Record<string, string> = key === null ? {} : { Authorization: `Bearer ${key}` };
  const response = await fetch(streamAddress(server, topic, afterSeq), { headers, signal });
  if (!response.ok || response.body === null) return CODES[response.status] ?? NO_CLOSE_FRAME;
  hear([HELLO]);
  const read = framesOf();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    hear(read(piece.value));
  }
  return NO_CLOSE_FRAME;
}

function streamAddress(server: Server, topic: Topic, afterSeq: number): string {
  const base = `${server.url}/api/v1`;
  if (topic.runId === undefined) {
    return `${base}/projects/${encodeURIComponent(topic.projectId ?? "")}/events/stream`;
  }
  return `${base}/runs/${encodeURIComponent(topic.runId)}/events/stream?after_seq=${afterSeq}`;
}
