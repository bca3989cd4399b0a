/** Reads server-sent events as the frames that the socket would have sent. */

import type { ServerFrame, WireEvent } from "./types";

/** Takes pieces as the network cuts them, and gives the frames that are complete. */
export function framesOf(): (piece: string) => readonly ServerFrame[] {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.map(frameOf).filter((frame) => frame !== null);
  };
}

function frameOf(block: string): ServerFrame | null {
  const fields = new Map(block.split("\n").map(fieldOf));
  const data = fields.get("data");
  if (data === undefined) return null; // a comment
  const said: unknown = JSON.parse(data);
  switch (fields.get("event")) {
    case "subscribed":
      return { type: "subscribed", head_seq: (said as { head_seq: number }).head_seq };
    case "resync":
      return { type: "resync", from: (said as { from: number | null }).from };
    case "end":
      return { type: "end" };
    default:
      return { type: "event", event: said as WireEvent };
  }
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(": ");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 2)];
}
