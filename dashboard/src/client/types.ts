/** The shapes that the server sends, word for word as they stand on the wire. */

import type {
  Breakpoint,
  ContinuedData,
  EditData,
  StopData,
  StopPosition,
  VisitAddress,
} from "./debug-types";

export type * from "./debug-types";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export type RunStatus =
  | "pending"
  | "running"
  | "waiting"
  | "paused"
  | "cancelling"
  | "completed"
  | "failed"
  | "cancelled";

export type NodeStatus =
  | "pending"
  | "running"
  | "waiting"
  | "paused"
  | "retrying"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

export type TaskStatus = "open" | "completed" | "expired" | "cancelled";

export interface RunError {
  readonly type: string;
  readonly message: string;
  readonly node_id?: string | null;
  readonly visit?: number | null;
  readonly attempt?: number | null;
}

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cost_usd: number;
  readonly model?: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

export interface Run {
  readonly id: string;
  readonly project_id: string;
  readonly workflow_id: string;
  readonly version: number;
  readonly status: RunStatus;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly progress: number;
  readonly is_held: boolean;
  readonly attempt: number;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly parent_run_id: string | null;
  readonly source_run_id: string | null;
}

/** The run that a run goes on from; the next `kept` entries of its log are from that run's. */
export interface Source {
  readonly run_id: string;
  readonly kind: "retry" | "rerun" | "fork";
  readonly kept: number;
}

/** Where a run begins anew; nothing: with what did not end well. */
export interface Place {
  readonly from_node?: string;
  readonly path?: string;
  readonly visit?: number;
}

/** A question to a person, which a run waits for; `form` is the JSON Schema of the answer. */
export interface Task {
  readonly id: string;
  readonly run_id: string;
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly prompt: string;
  readonly form: Readonly<Record<string, Json>>;
  readonly assignee: string | null;
  readonly due_at: string | null;
  readonly status: TaskStatus;
  readonly answer: Json;
  readonly answered_by: string | null;
  readonly created_at: string;
  readonly answered_at: string | null;
}

export interface WorkflowSummary {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Problem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  readonly hint?: string | null;
  readonly severity?: "error" | "warning";
  readonly node_id?: string | null;
  readonly edge_id?: string | null;
}

export interface Workflow extends WorkflowSummary {
  readonly definition: Readonly<Record<string, Json>>;
  readonly problems: readonly Problem[];
}

export type EdgeKind = "plain" | "condition" | "default" | "error";

export interface GraphNode {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly position: { readonly x: number; readonly y: number } | null;
  readonly parent: string | null;
  readonly slot: string | null;
}

export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly handle: string | null;
  readonly kind: EdgeKind;
  readonly condition: string | null;
  readonly label: string | null;
}

export interface Graph {
  readonly name: string;
  readonly version: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

interface Envelope<Type extends string, Data> {
  readonly seq: number;
  readonly type: Type;
  readonly at: string;
  readonly run_id: string;
  readonly attempt?: number;
  readonly data: Data;
}

interface OfNode {
  readonly node_id: string;
  readonly visit: number;
  readonly attempt?: number;
  readonly path?: string;
}

type NodeEnvelope<Type extends string, Data> = Envelope<Type, Data> & OfNode;

export interface DecisionData {
  readonly edge_id: string;
  readonly target: string;
  readonly taken: boolean;
  readonly kind: EdgeKind;
  readonly expression: string | null;
  readonly values: Readonly<Record<string, Json>>;
  readonly result: Json;
}

type Nothing = Readonly<Record<string, never>>;

export interface WaitingData {
  readonly kind: "task" | "timer" | "signal" | "run";
  readonly due_at: string | null;
  readonly name: string | null;
  readonly key: string | null;
}

export interface AskedData {
  readonly task_id: string;
  readonly prompt: string;
  readonly assignee: string | null;
  readonly due_at: string | null;
}

export type RunLevelEvent =
  | Envelope<
      "workflow.run.created",
      {
        workflow_id: string;
        version: number;
        input: Json;
        node_count: number;
        source?: Source | null;
        parent?: VisitAddress & { readonly run_id: string } | null;
        debug?: { breakpoints: readonly Breakpoint[]; is_stepping: boolean } | null;
      }
    >
  | Envelope<
      "workflow.run.migrated",
      { version: number; from_version: number; node_count: number }
    >
  | Envelope<"workflow.run.started", Nothing>
  | Envelope<"workflow.run.resumed", { reason: string }>
  | Envelope<"workflow.run.waiting", { due_at: string | null }>
  | Envelope<"workflow.run.paused", Nothing>
  | Envelope<"workflow.breakpoints.set", { breakpoints: readonly Breakpoint[] }>
  | Envelope<"workflow.run.continued", ContinuedData>
  | Envelope<"workflow.stepping.begun", Nothing>
  | Envelope<"workflow.run.cancelling", { reason: string }>
  | Envelope<"workflow.run.completed", { output: Json }>
  | Envelope<"workflow.run.failed", { error: RunError }>
  | Envelope<"workflow.run.cancelled", { reason: string }>;

export type VisitEvent =
  | NodeEnvelope<"workflow.node.started", { input: Json }>
  | NodeEnvelope<"workflow.node.progress", { progress: number; message?: string | null }>
  | NodeEnvelope<"workflow.node.attempt_failed", { error: RunError }>
  | NodeEnvelope<"workflow.node.retrying", { delay_seconds: number }>
  | NodeEnvelope<"workflow.node.waiting", WaitingData>
  | NodeEnvelope<"workflow.task.created", AskedData>
  | NodeEnvelope<"workflow.task.completed", { task_id: string; answer: Json; by: string }>
  | NodeEnvelope<"workflow.timer.fired", Nothing>
  | NodeEnvelope<"workflow.signal.received", { name: string; key: string; payload: Json }>
  | NodeEnvelope<"workflow.node.paused", StopData>
  | NodeEnvelope<"workflow.node.released", { going: string; position: StopPosition | null; again: boolean }>
  | NodeEnvelope<"workflow.state.edited", EditData>
  | NodeEnvelope<"workflow.breakpoint.hit", { breakpoint_id: string; hits: number }>
  | NodeEnvelope<"workflow.node.completed", { output: Json; usage?: Usage | null }>
  | NodeEnvelope<"workflow.node.failed", { error: RunError; handled: boolean }>
  | NodeEnvelope<"workflow.node.skipped", Nothing>
  | NodeEnvelope<"workflow.node.cancelled", { still_running?: boolean }>
  | NodeEnvelope<"workflow.edge.decided", DecisionData>
  | NodeEnvelope<"workflow.log", { level: string; message: string }>
  | NodeEnvelope<"workflow.custom", { name: string; payload: Json }>;

/** An entry of a run's log. */
export type LogEvent = RunLevelEvent | VisitEvent;

/** A piece of streamed text: shown, never stored, so it has no seq. */
export type TokenEvent = OfNode & {
  readonly type: "workflow.node.token";
  readonly at: string;
  readonly run_id: string;
  readonly data: { readonly text: string };
};

export type WireEvent = LogEvent | TokenEvent;

export type ServerFrame =
  | { readonly type: "hello"; readonly protocol: string; readonly heartbeat_seconds: number }
  | { readonly type: "subscribed"; readonly run_id?: string; readonly head_seq?: number }
  | { readonly type: "event"; readonly event: WireEvent }
  | { readonly type: "resync"; readonly run_id?: string; readonly from: number | null }
  | { readonly type: "end"; readonly run_id?: string }
  | { readonly type: "pong" }
  | { readonly type: "error"; readonly code: string; readonly detail: string };
