// Written by `make docs`; change the code instead.
/** The events of a run, word for word as they stand on the wire. */

import type { Json } from "./json";

/** What a breakpoint looks at; `edge` stops the visit that is about to take an edge. */
export type BreakOn = "before" | "after" | "edge" | "error";

/** A wish that visits stop. Attributes: node_id: The node; None for every one, on errors only. edge_id: The edge, for `edge`. condition: An expression; the visit stops when it holds. hits: From which match on it stops; 1 for every match. is_enabled: Whether it does anything. */
export interface Breakpoint {
  readonly id: string;
  readonly on?: BreakOn;
  readonly node_id?: string | null;
  readonly edge_id?: string | null;
  readonly condition?: string | null;
  readonly hits?: number;
  readonly is_enabled?: boolean;
}

/** A breakpoint that counts matched once more; whether it stops the visit is another event. */
export interface BreakpointHit {
  readonly type: "workflow.breakpoint.hit";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly breakpoint_id: string;
    readonly hits: number;
  };
}

/** These are the run's breakpoints from now on, and no others. */
export interface BreakpointsSet {
  readonly type: "workflow.breakpoints.set";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly breakpoints: readonly Breakpoint[];
  };
}

/** Whatever a node wanted the watchers of the run to know. */
export interface Custom {
  readonly type: "workflow.custom";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly name: string;
    readonly payload: Json;
  };
}

/** How a run is to be debugged from its beginning. `is_stepping`: every visit stops before it begins, until somebody lets all go on. */
export interface DebugWish {
  readonly breakpoints?: readonly Breakpoint[];
  readonly is_stepping?: boolean;
  readonly pins?: readonly Pinned[];
}

/** One routing decision of the visit of the edge's source: taken or not, and why. `expression` is the source text that was judged, `values` what it read, `result` what came out; all are None where no expression decides (a default or an error edge). */
export interface EdgeDecided {
  readonly type: "workflow.edge.decided";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly edge_id: string;
    readonly target: string;
    readonly taken: boolean;
    readonly kind: EdgeKind;
    readonly expression?: string | null;
    readonly values?: Readonly<Record<string, Json>>;
    readonly result?: Json;
  };
}

/** Why an edge may be taken. */
export type EdgeKind = "plain" | "condition" | "default" | "error";

/** The closed set of error types that a run's log, its API and `retry.on` speak of. Behaviours choose among all of them, `fail` nodes too; beside that, who raises it: Attributes: CONNECTIVITY: `http`, and whatever raises a `ConnectionError`: nobody answers. TIMEOUT: The timer of an attempt, and whatever raises a `TimeoutError`. VALIDATION: A config, argument, answer or sub-run's input that is not what was asked for. TRANSFORMATION: A result that is no JSON; a value that a variable cannot take. EXPRESSION: An expression or template that cannot be worked out. ROUTING: A behaviour that leaves by a handle that its type does not declare. SECURITY: `http` when it may not go there, and whatever raises a `PermissionError`. EXECUTION: Any other failure of a behaviour. CANCELLATION: `subworkflow` when somebody cancelled its run. UNKNOWN: The service, when a run ends for a reason that only the server's log can tell. NO_ROUTE: A `condition` or `router` without a way to go. DEADLOCK: A run of which tokens are left that nothing can consume. STEP_LIMIT: A run with more visits than `limits.max_steps`; an agent with too many turns. HISTORY_LIMIT: A run with too many events. DEADLINE: A run that took longer than its definition allows. CRASH_LOOP: A run under which one process after the other dies. CHECKPOINT_CORRUPT: A run whose log cannot be read, so that it cannot go on. */
export type ErrorType = "CONNECTIVITY" | "TIMEOUT" | "VALIDATION" | "TRANSFORMATION" | "EXPRESSION" | "ROUTING" | "SECURITY" | "EXECUTION" | "CANCELLATION" | "UNKNOWN" | "NO_ROUTE" | "DEADLOCK" | "STEP_LIMIT" | "HISTORY_LIMIT" | "DEADLINE" | "CRASH_LOOP" | "CHECKPOINT_CORRUPT";

/** How a stopped visit goes on, and what is to stop after it. `over`: whatever follows it; `into`: also the first nodes of its bodies, or of its sub-run; `continue`: nothing but at breakpoints. */
export type Going = "continue" | "over" | "into";

/** A visit, and where in it it has stopped. */
export interface Halted {
  readonly place: Place;
  readonly position: Position;
}

/** A line that a node wrote. */
export interface Log {
  readonly type: "workflow.log";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly level: string;
    readonly message: string;
  };
}

/** One attempt of a visit failed; another one may follow. `origin` is where the failure began, `usage` what this attempt alone used. */
export interface NodeAttemptFailed {
  readonly type: "workflow.node.attempt_failed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly error: RunError;
    readonly origin?: Origin | null;
    readonly usage?: Usage | null;
  };
}

/** A visit was stopped before its end. `still_running`: its plain function was at work in a thread, which nobody can stop. */
export interface NodeCancelled {
  readonly type: "workflow.node.cancelled";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly still_running?: boolean;
  };
}

/** A visit ended well; `cached` when the result is that of an earlier visit. `writes` are the values that it wrote into variables, in order. `usage` is the sum over its attempts, and over its sub-runs where it has any. `returned` when the run ended with it. */
export interface NodeCompleted {
  readonly type: "workflow.node.completed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly output: Json;
    readonly writes?: readonly (readonly [string, Json] | readonly [string, Json, "overwrite"])[];
    readonly usage?: Usage | null;
    readonly cached?: boolean;
    readonly returned?: boolean;
  };
}

/** A visit failed for good; `handled` when an error edge takes over. `origin` is where the failure began: in the node itself, or deep inside a container. */
export interface NodeFailed {
  readonly type: "workflow.node.failed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly error: RunError;
    readonly origin?: Origin | null;
    readonly handled?: boolean;
    readonly usage?: Usage | null;
  };
}

/** A visit stopped. Attributes: position: Where in the visit. reason: Why. input: What it would begin with. output: What its work came to; with it `writes`, the values for variables, the `handle` by which it leaves, `usage`, and `returned` where the whole run is to end with it. error: Why its condition or input cannot be worked out, or why it failed. followed: The visits after which it stopped, for a step. running: What else is at work in the run. */
export interface NodePaused {
  readonly type: "workflow.node.paused";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly position: Position;
    readonly reason: StopReason;
    readonly breakpoint_id?: string | null;
    readonly edge_id?: string | null;
    readonly input?: Json;
    readonly output?: Json;
    readonly writes?: readonly (readonly [string, Json] | readonly [string, Json, "overwrite"])[];
    readonly handle?: string | null;
    readonly usage?: Usage | null;
    readonly returned?: boolean;
    readonly error?: RunError | null;
    readonly followed?: readonly Place[];
    readonly running?: readonly Place[];
  };
}

/** A visit reported how far it is, from 0 to 1. */
export interface NodeProgress {
  readonly type: "workflow.node.progress";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly progress: number;
    readonly message?: string | null;
  };
}

/** A visit goes on from where it stopped, or (`position` None) is to be followed by a stop. `again`: it has failed and is tried once more. */
export interface NodeReleased {
  readonly type: "workflow.node.released";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly going: Going;
    readonly position: Position | null;
    readonly again?: boolean;
  };
}

/** The visit will be tried again after a delay; `attempt` is the number of the next attempt. */
export interface NodeRetrying {
  readonly type: "workflow.node.retrying";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly delay_seconds: number;
  };
}

/** No token can reach this node any more and it was never visited (`visit` is 0). */
export interface NodeSkipped {
  readonly type: "workflow.node.skipped";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: Readonly<Record<string, never>>;
}

/** A visit began with this resolved input. */
export interface NodeStarted {
  readonly type: "workflow.node.started";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly input: Json;
  };
}

/** A visit waits, until a moment at the latest where it has one. */
export interface NodeWaiting {
  readonly type: "workflow.node.waiting";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly kind: WaitKind;
    readonly due_at: string | null;
    readonly name?: string | null;
    readonly key?: string | null;
  };
}

/** Which failure it was, however many containers lie around it; `path` is that of its body. */
export interface Origin {
  readonly type: ErrorType;
  readonly message: string;
  readonly node_id: string | null;
  readonly path: string;
}

/** The visit that a sub-run is executed for. */
export interface Parent {
  readonly run_id: string;
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
}

/** What visits of a node come to in a run that is debugged, without doing their work. Without a path or a number it is every visit of the node. `writes` are values for variables. */
export interface Pinned {
  readonly node_id: string;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly output?: Json;
  readonly writes?: readonly (readonly [string, Json] | readonly [string, Json, "overwrite"])[];
}

/** A visit of a run. */
export interface Place {
  readonly node_id: string;
  readonly path?: string;
  readonly visit?: number;
}

/** Where a visit stops: before its work, after it, or when it has failed for good. */
export type Position = "before" | "after" | "error";

/** Why an execution of a run goes on in another process, or later in the same one. */
export type Resumption = "lost" | "released" | "due" | "unpaused";

/** The run was stopped and all its work has stopped. */
export interface RunCancelled {
  readonly type: "workflow.run.cancelled";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly variables?: Readonly<Record<string, Json>> | null;
    readonly reason: string;
  };
}

/** Somebody asked the run to stop; its work has not stopped yet. `rolled_back`: what it writes into variables is as if it had never been. */
export interface RunCancelling {
  readonly type: "workflow.run.cancelling";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly reason: string;
    readonly rolled_back?: boolean;
  };
}

/** The run ended well. */
export interface RunCompleted {
  readonly type: "workflow.run.completed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly variables?: Readonly<Record<string, Json>> | null;
    readonly output: Json;
  };
}

/** All that had stopped goes on; nothing stops but at breakpoints, and once before `until`. `released` is what had stopped by then, `until` is a node. */
export interface RunContinued {
  readonly type: "workflow.run.continued";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly released?: readonly Halted[];
    readonly until?: string | null;
  };
}

/** A run was accepted; `node_count`, without what is inside containers, bounds its progress. `parent` is there when a node of another run asked for it, `source` when it goes on from another run. Without a `thread_id` it has a thread of its own; `turn` is its place there. `traceparent` is the trace of whoever asked for it, as W3C Trace Context has it. `debug` says how it is to be debugged from the beginning. `variables` are those that it begins with, where that is something else than its thread is left with by then. */
export interface RunCreated {
  readonly type: "workflow.run.created";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly workflow_id: string;
    readonly version: number;
    readonly input: Readonly<Record<string, Json>>;
    readonly node_count: number;
    readonly parent?: Parent | null;
    readonly source?: Source | null;
    readonly thread_id?: string | null;
    readonly turn?: number;
    readonly traceparent?: string | null;
    readonly debug?: DebugWish | null;
    readonly variables?: Readonly<Record<string, Json>> | null;
  };
}

/** Why a run or a visit failed, in words that are safe to show. */
export interface RunError {
  readonly type: ErrorType;
  readonly message: string;
  readonly node_id?: string | null;
  readonly visit?: number | null;
  readonly attempt?: number | null;
}

/** The run ended with an error. */
export interface RunFailed {
  readonly type: "workflow.run.failed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly variables?: Readonly<Record<string, Json>> | null;
    readonly error: RunError;
  };
}

/** The run goes on with another version of its workflow. */
export interface RunMigrated {
  readonly type: "workflow.run.migrated";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly version: number;
    readonly from_version: number;
    readonly node_count: number;
  };
}

/** Somebody asked the run to stay where it is, and nothing of it is at work any more. */
export interface RunPaused {
  readonly type: "workflow.run.paused";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: Readonly<Record<string, never>>;
}

/** A process goes on with a run that another execution of it left in the middle. `attempt` is one more where the process before was lost, else the same. `reason` tells whether the execution before was `lost` with its process or was `released` by it, the run waited and is `due` now, or it was paused and is so no more (`unpaused`). */
export interface RunResumed {
  readonly type: "workflow.run.resumed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly attempt: number;
  readonly data: {
    readonly reason: Resumption;
  };
}

/** A process began to execute the run. `variables` are those that it begins with, where a run before it on its thread left any. */
export interface RunStarted {
  readonly type: "workflow.run.started";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly attempt: number;
  readonly data: {
    readonly variables?: Readonly<Record<string, Json>> | null;
  };
}

/** All that the run still does is wait, and no process holds it. It goes on when something is answered, or at `due_at`. */
export interface RunWaiting {
  readonly type: "workflow.run.waiting";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: {
    readonly due_at: string | null;
  };
}

/** The signal has come that a visit waited for. */
export interface SignalReceived {
  readonly type: "workflow.signal.received";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly name: string;
    readonly key: string;
    readonly payload: Json;
  };
}

/** The run that a run goes on from: the next `kept` events of its log are from that run's. `node_id`, `path` and `visit` say where it was to begin anew, as far as somebody chose that; `seq` is the entry of that run's log after which a fork leaves it. */
export interface Source {
  readonly run_id: string;
  readonly kind: SourceKind;
  readonly kept: number;
  readonly node_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly seq?: number | null;
}

/** How a run goes on from another one. */
export type SourceKind = "retry" | "rerun" | "fork";

/** Somebody changed what a stopped visit goes on with; `name` is that of a variable. A variable has the new value for this visit and for all that comes after it. */
export interface StateEdited {
  readonly type: "workflow.state.edited";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly position: Position;
    readonly target: Target;
    readonly value: Json;
    readonly name?: string | null;
    readonly pinned?: boolean;
  };
}

/** From now on every visit stops before it begins, until all go on. */
export interface SteppingBegun {
  readonly type: "workflow.stepping.begun";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly data: Readonly<Record<string, never>>;
}

/** Why a visit stopped: a breakpoint, a step, a run to its node, or a pause of the run. */
export type StopReason = "breakpoint" | "step" | "run_to" | "pause";

/** What of a stopped visit can be edited. */
export type Target = "input" | "output" | "variable";

/** A person has answered. */
export interface TaskCompleted {
  readonly type: "workflow.task.completed";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly task_id: string;
    readonly answer: Json;
    readonly by: string;
  };
}

/** A person is asked; `form` is the JSON Schema of the answer. */
export interface TaskCreated {
  readonly type: "workflow.task.created";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly task_id: string;
    readonly prompt: string;
    readonly form: Readonly<Record<string, Json>>;
    readonly assignee: string | null;
    readonly due_at: string | null;
  };
}

/** The moment has come that a visit waited for. */
export interface TimerFired {
  readonly type: "workflow.timer.fired";
  readonly seq: number;
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: Readonly<Record<string, never>>;
}

/** A piece of text that a model streams during a visit: shown, never stored, without a seq. */
export interface Token {
  readonly type: "workflow.node.token";
  readonly run_id: string;
  readonly at: string;
  readonly node_id: string;
  readonly visit: number;
  readonly attempt: number;
  readonly path: string;
  readonly data: {
    readonly text: string;
  };
}

/** The tokens of model calls, in sum; `model` is the model where it was only one. `cost_usd` is their price in US dollars, zero where nobody knows it. */
export interface Usage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly total_tokens?: number;
  readonly cost_usd?: number;
  readonly model?: string | null;
}

/** What a visit waits for. */
export type WaitKind = "task" | "timer" | "signal" | "run";

export type Event = RunCreated | RunStarted | RunResumed | RunWaiting | RunPaused | RunMigrated | RunCancelling | RunCompleted | RunFailed | RunCancelled | NodeStarted | NodeProgress | NodeWaiting | TaskCreated | TaskCompleted | TimerFired | SignalReceived | NodeAttemptFailed | NodeRetrying | NodeCompleted | NodeFailed | NodeSkipped | NodeCancelled | EdgeDecided | Log | Custom | BreakpointsSet | BreakpointHit | NodePaused | NodeReleased | RunContinued | SteppingBegun | StateEdited | Token;
