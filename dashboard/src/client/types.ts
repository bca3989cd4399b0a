/** What the server says. Its documents and events are written by `make docs` from what describes them there. */

import type { Event, NodeWaiting, RunCreated, TaskCreated, Token } from "./event-types";
import type { BreakpointDocument, DebugBody, Finding, RetryBody, VisitRef } from "./rest-types";

export type { Json } from "./json";
export type * from "./rest-types";

export type Problem = Finding;

/** A wish that visits stop; without a node it is about all that fail. */
export type Breakpoint = BreakpointDocument;

/** How a run is debugged from its beginning. */
export type DebugWish = DebugBody;

/** A visit of a run, by its address. */
export type VisitAddress = VisitRef;

/** Where a run begins anew; nothing: with what did not end well. */
export type Place = Pick<RetryBody, "from_node" | "path" | "visit">;

/** The run that a run goes on from; the next `kept` entries of its log are from that run's. */
export type Source = NonNullable<RunCreated["data"]["source"]>;

export type WireEvent = Event;

/** A piece of streamed text: shown, never stored, so it has no seq. */
export type TokenEvent = Token;

/** An entry of a run's log. */
export type LogEvent = Exclude<Event, Token>;

export type VisitEvent = Extract<LogEvent, { readonly node_id: string }>;
export type RunLevelEvent = Exclude<LogEvent, VisitEvent>;

export type DataOf<Type extends Event["type"]> = Extract<Event, { readonly type: Type }>["data"];
export type WaitingData = NodeWaiting["data"];
export type AskedData = TaskCreated["data"];
export type DecisionData = DataOf<"workflow.edge.decided">;
export type StopData = DataOf<"workflow.node.paused">;
export type ContinuedData = DataOf<"workflow.run.continued">;
export type EditData = DataOf<"workflow.state.edited">;
export type StopPosition = StopData["position"];

export type ServerFrame =
  | { readonly type: "hello"; readonly protocol: string; readonly heartbeat_seconds: number }
  | { readonly type: "subscribed"; readonly run_id?: string; readonly head_seq?: number }
  | { readonly type: "event"; readonly event: WireEvent }
  | { readonly type: "resync"; readonly run_id?: string; readonly from: number | null }
  | { readonly type: "end"; readonly run_id?: string }
  | { readonly type: "pong" }
  | { readonly type: "error"; readonly code: string; readonly detail: string };
