// Written by `make docs`; change the code instead.
/** The documents of the REST interface, word for word as they stand on the wire. */

import type { Json } from "./json";

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/** A visit that a fork has yet to begin, and what it is to begin with or to come to. */
export interface AheadBody {
  readonly input?: Json;
  readonly output?: Json;
  readonly variables?: Readonly<Record<string, Json>> | null;
  readonly node_id: string;
  readonly path?: string;
  readonly visit?: number | null;
}

/** The answer to a task. */
export interface AnswerBody {
  readonly answer: Json;
  readonly by?: string;
}

/** What differs between two visits. How long they took always does, so it is none. */
export type Aspect = "status" | "input" | "output" | "error" | "attempts" | "edges" | "writes" | "usage";

/** One change that somebody asked for and got. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly who: string;
  readonly action: string;
  readonly project_id: string | null;
  readonly address: string;
  readonly client: string | null;
}

/** A body that is open in a container. */
export interface Body {
  readonly path: string;
  readonly node_id: string;
  readonly visit: number;
  readonly writes: readonly (readonly [string, Json] | readonly [string, Json, "overwrite"])[];
}

/** What a breakpoint looks at; `edge` stops the visit that is about to take an edge. */
export type BreakOn = "before" | "after" | "edge" | "error";

/** A wish that visits stop. */
export interface BreakpointBody {
  readonly id?: string | null;
  readonly on?: BreakOn;
  readonly node_id?: string | null;
  readonly edge_id?: string | null;
  readonly condition?: string | null;
  readonly hits?: number;
  readonly is_enabled?: boolean;
}

/** A breakpoint. */
export interface BreakpointDocument {
  readonly id: string;
  readonly on: BreakOn;
  readonly node_id: string | null;
  readonly edge_id: string | null;
  readonly condition: string | null;
  readonly hits: number;
  readonly is_enabled: boolean;
}

/** All breakpoints of a run, or those that are kept with a workflow. */
export interface BreakpointList {
  readonly breakpoints: readonly BreakpointDocument[];
}

/** All breakpoints that there are to be. */
export interface BreakpointsBody {
  readonly breakpoints: readonly BreakpointBody[];
}

/** Why a run should stop. */
export interface CancelBody {
  readonly reason?: string;
}

/** Many runs that are to stop. */
export interface CancelRunsBody {
  readonly ids?: readonly string[] | null;
  readonly filter?: RunChoice | null;
  readonly cursor?: string | null;
  readonly limit?: number;
  readonly reason?: string;
}

/** Edges that are taken when an expression holds. */
export interface CaseDocument {
  readonly handle: string;
  readonly expression: string;
  readonly edges: readonly string[];
}

/** How a place of one value differs from the same place of another. */
export type Change = "added" | "removed" | "changed";

/** Events that are wanted, or not, together. */
export type Channel = "lifecycle" | "progress" | "tokens" | "logs" | "custom";

/** A place in the log of a run where nothing is half done. */
export interface Checkpoint {
  readonly id: string;
  readonly seq: number;
  readonly at: string;
  readonly ended: readonly EndedVisit[];
}

/** An edge that was not taken equally often. */
export interface ComparedEdge {
  readonly edge_id: string;
  readonly times_a: number;
  readonly times_b: number;
}

/** A node of either version, over all of its visits. */
export interface ComparedNode {
  readonly node_id: string;
  readonly fate: Fate;
  readonly is_redefined: boolean;
}

/** One visit in two runs. */
export interface ComparedVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly fate: Fate;
  readonly aspects: readonly Aspect[];
  readonly a: VisitSide | null;
  readonly b: VisitSide | null;
  readonly input: Differences;
  readonly output: Differences;
}

/** Which stopped visit goes on, or all of them and to where. */
export interface ContinueBody {
  readonly node_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly until?: string | null;
}

/** A visit that has begun and not ended. */
export interface CurrentVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly progress: number;
  readonly started_at: string | null;
}

/** How a run is to be debugged from its beginning. */
export interface DebugBody {
  readonly breakpoints?: readonly BreakpointBody[];
  readonly kept_breakpoints?: boolean;
  readonly stepping?: boolean;
  readonly pins?: readonly PinBody[];
  readonly pins_from?: string | null;
}

/** Which workflow to run, with what, and how to debug it. */
export interface DebuggedRunBody {
  readonly workflow_id: string;
  readonly version?: number | null;
  readonly input?: Readonly<Record<string, Json>>;
  readonly thread_id?: string | null;
  readonly multitask?: Multitask;
  readonly debug?: DebugBody | null;
}

/** A routing decision of a visit. */
export interface DecidedEdge {
  readonly edge_id: string;
  readonly target: string;
  readonly taken: boolean;
  readonly kind: EdgeKind;
  readonly expression: string | null;
  readonly values: Readonly<Record<string, Json>>;
  readonly result: Json;
}

/** A definition to be stored or examined. */
export interface DefinitionBody {
  readonly definition: Readonly<Record<string, Json>>;
}

/** One event for one webhook. */
export interface Delivery {
  readonly id: string;
  readonly webhook_id: string;
  readonly run_id: string;
  readonly seq: number;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly next_at: string | null;
  readonly response_status: number | null;
  readonly error: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

/** Where a delivery stands. */
export type DeliveryStatus = "pending" | "sending" | "delivered" | "failed";

/** One place where two values differ. */
export interface Difference {
  readonly pointer: string;
  readonly change: Change;
  readonly before: Json;
  readonly after: Json;
}

/** Where two values differ, from the top. */
export interface Differences {
  readonly items: readonly Difference[];
  readonly complete: boolean;
}

/** Why an edge may be taken. */
export type EdgeKind = "plain" | "condition" | "default" | "error";

/** A stopped visit, and what it is to go on with. */
export interface EditBody {
  readonly input?: Json;
  readonly output?: Json;
  readonly variables?: Readonly<Record<string, Json>> | null;
  readonly node_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
}

/** A visit that has come to its end. */
export interface EndedVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
}

/** The closed set of error types that a run's log, its API and `retry.on` speak of. Behaviours choose among all of them, `fail` nodes too; beside that, who raises it: Attributes: CONNECTIVITY: `http`, and whatever raises a `ConnectionError`: nobody answers. TIMEOUT: The timer of an attempt, and whatever raises a `TimeoutError`. VALIDATION: A config, argument, answer or sub-run's input that is not what was asked for. TRANSFORMATION: A result that is no JSON; a value that a variable cannot take. EXPRESSION: An expression or template that cannot be worked out. ROUTING: A behaviour that leaves by a handle that its type does not declare. SECURITY: `http` when it may not go there, and whatever raises a `PermissionError`. EXECUTION: Any other failure of a behaviour. CANCELLATION: `subworkflow` when somebody cancelled its run. UNKNOWN: The service, when a run ends for a reason that only the server's log can tell. NO_ROUTE: A `condition` or `router` without a way to go. DEADLOCK: A run of which tokens are left that nothing can consume. STEP_LIMIT: A run with more visits than `limits.max_steps`; an agent with too many turns. HISTORY_LIMIT: A run with too many events. DEADLINE: A run that took longer than its definition allows. CRASH_LOOP: A run under which one process after the other dies. CHECKPOINT_CORRUPT: A run whose log cannot be read, so that it cannot go on. */
export type ErrorType = "CONNECTIVITY" | "TIMEOUT" | "VALIDATION" | "TRANSFORMATION" | "EXPRESSION" | "ROUTING" | "SECURITY" | "EXECUTION" | "CANCELLATION" | "UNKNOWN" | "NO_ROUTE" | "DEADLOCK" | "STEP_LIMIT" | "HISTORY_LIMIT" | "DEADLINE" | "CRASH_LOOP" | "CHECKPOINT_CORRUPT";

/** One entry of a run's log, as the socket sends it too. */
export interface Event {
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly run_id: string;
  readonly node_id?: string | null;
  readonly visit?: number | null;
  readonly attempt?: number | null;
  readonly path?: string | null;
  readonly data: Readonly<Record<string, Json>>;
}

/** An attempt that failed. */
export interface FailedAttempt {
  readonly attempt: number;
  readonly error: RunError;
  readonly at: string;
  readonly delay_seconds: number | null;
}

/** How a visit of one run stands to that of another, the least telling first. */
export type Fate = "same" | "changed" | "only_a" | "only_b";

/** One thing that is wrong, with its address. */
export interface Finding {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  readonly hint?: string | null;
  readonly severity?: Severity;
  readonly node_id?: string | null;
  readonly edge_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly line?: number | null;
  readonly column?: number | null;
}

/** Where a fork leaves its run, and what is to be otherwise in it. */
export interface ForkBody {
  readonly seq?: number | null;
  readonly node_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly edits?: readonly AheadBody[];
  readonly input?: Readonly<Record<string, Json>> | null;
  readonly version?: number | null;
  readonly debug?: DebugBody | null;
  readonly pin_side_effects?: boolean;
}

/** A fork. */
export interface ForkedRun {
  readonly id: string;
  readonly project_id: string;
  readonly workflow_id: string;
  readonly version: number;
  readonly status: RunStatus;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly progress: number;
  readonly usage: Usage | null;
  readonly is_held: boolean;
  readonly attempt: number;
  readonly event_count: number;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly parent_run_id: string | null;
  readonly source_run_id: string | null;
  readonly thread_id: string;
  readonly turn: number;
  readonly rolled_back: boolean;
  readonly variables: Readonly<Record<string, Json>> | null;
  readonly repeats?: readonly RepeatedVisit[];
}

/** A version of a workflow, ready to be drawn. */
export interface Graph {
  readonly name: string;
  readonly version: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** An edge to draw. */
export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly handle: string | null;
  readonly kind: EdgeKind;
  readonly condition: string | null;
  readonly label: string | null;
}

/** How a graph is written. */
export type GraphFormat = "json" | "mermaid" | "dot";

/** A node to draw. */
export interface GraphNode {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly position: NodePosition | null;
  readonly parent: string | null;
  readonly slot: string | null;
  readonly ui: Readonly<Record<string, Json>>;
}

/** That the server answers. */
export interface Health {
  readonly status?: "ok";
}

/** Why an `any` join fires at the end of a superstep, though something slow is beside it. */
export type Hindrance = "a loop may bring it tokens more than once in a turn" | "it shares its supersteps with another `any` join that must keep to them";

/** What a node with several incoming edges waits for. */
export type Join = "all" | "any";

/** A key, but for its text. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly project_id: string | null;
  readonly scopes: readonly Scope[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** A key to be made. */
export interface KeyBody {
  readonly name: string;
  readonly project_id: string | null;
  readonly scopes: readonly Scope[];
  readonly expires_in_seconds?: number | null;
}

/** An `any` join that should run a race and cannot. */
export interface LateJoin {
  readonly node: string;
  readonly reason: Hindrance;
}

/** Bounds of one run. */
export interface Limits {
  readonly max_steps?: number;
  readonly max_concurrency?: number;
  readonly deadline_seconds?: number | null;
}

/** How a node did on its own. */
export interface LoneVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly progress: number;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly usage: Usage | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly events: readonly (Readonly<Record<string, Json>>)[];
}

/** Which visit to repeat, with what. */
export interface LoneVisitBody {
  readonly visit?: number | null;
  readonly path?: string | null;
  readonly input?: Readonly<Record<string, Json>> | null;
}

/** With what a run is to go on. */
export interface MigrateBody {
  readonly version: number;
}

/** How far a step goes. */
export type Mode = "over" | "into" | "out";

/** What a new run does when a run of its thread is not over yet. */
export type Multitask = "reject" | "enqueue" | "interrupt" | "rollback";

/** A key with its text, which nobody can read again. */
export interface NewKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly project_id: string | null;
  readonly scopes: readonly Scope[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly key: string;
}

/** A webhook with its secret, which nobody can read again. */
export interface NewWebhook {
  readonly id: string;
  readonly project_id: string;
  readonly url: string;
  readonly event_types: readonly string[];
  readonly is_active: boolean;
  readonly created_at: string;
  readonly secret: string;
}

/** Where an editor put a node. */
export interface NodePosition {
  readonly x: number;
  readonly y: number;
}

/** Where a visit of a node stands. */
export type NodeStatus = "pending" | "running" | "waiting" | "paused" | "retrying" | "completed" | "failed" | "skipped" | "cancelled";

/** One kind of node that definitions may use. */
export interface NodeTypeInfo {
  readonly name: string;
  readonly description: string;
  readonly version: number;
  readonly decides: boolean;
  readonly handles: readonly string[];
  readonly default_timeout_seconds: number | null;
  readonly config_schema: Readonly<Record<string, Json>>;
}

/** One visit of a node; with visit 0 a node that was never visited. */
export interface NodeVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly progress: number;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly usage: Usage | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** Something that the server needs. */
export interface Part {
  readonly name: string;
  readonly facts: Readonly<Record<string, number>> | null;
}

/** What visits of a node come to without doing their work. */
export interface PinBody {
  readonly node_id: string;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly output: Json;
}

/** What a definition compiles to. */
export interface PlanDocument {
  readonly name: string;
  readonly fingerprint: string;
  readonly roots: readonly string[];
  readonly nodes: readonly PlanNode[];
  readonly edges: readonly PlanEdge[];
  readonly races: readonly (readonly string[])[];
  readonly late: readonly LateJoin[];
  readonly variables: Readonly<Record<string, Json>>;
  readonly limits: Limits;
  readonly input_schema: Readonly<Record<string, Json>>;
}

/** An edge as it will be followed. */
export interface PlanEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly kind: EdgeKind;
  readonly handle: string | null;
  readonly condition: string | null;
}

/** A node as it will be run. */
export interface PlanNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly parent: string | null;
  readonly slot: string | null;
  readonly strategy: Strategy;
  readonly join: Join;
  readonly awaits: readonly string[];
  readonly timeout_seconds: number | null;
  readonly retry: Retry;
  readonly routes: RoutesDocument;
}

/** Where a visit stops: before its work, after it, or when it has failed for good. */
export type Position = "before" | "after" | "error";

/** An error as RFC 9457 has it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Finding[] | null;
}

/** What workflows, runs and keys belong to. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/** A project to be made. */
export interface ProjectBody {
  readonly id: string;
  readonly name?: string | null;
}

/** Which runs have been kept for long enough. */
export interface PruneBody {
  readonly older_than_seconds: number;
  readonly status?: readonly ("completed" | "failed" | "cancelled")[];
  readonly workflow_id?: string | null;
  readonly dry_run?: boolean;
  readonly cursor?: string | null;
}

/** What was removed, or would be. */
export interface Pruned {
  readonly trees: number;
  readonly runs: number;
  readonly events: number;
  readonly next_cursor: string | null;
}

/** What storing a definition made. */
export interface PublishedWorkflow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly problems: readonly Finding[];
}

/** That the server can work, and what it found when it looked. */
export interface Readiness {
  readonly status?: "ok";
  readonly parts: readonly Part[];
}

/** The visit that got a signal. */
export interface Receiver {
  readonly run_id: string;
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
}

/** A visit that touched the world, and will do so again in the fork. */
export interface RepeatedVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly pinned: boolean;
}

/** When and how a failed attempt is tried again. */
export interface Retry {
  readonly max_attempts?: number;
  readonly initial_interval_seconds?: number;
  readonly backoff?: number;
  readonly max_interval_seconds?: number;
  readonly jitter?: number;
  readonly on?: readonly ErrorType[];
}

/** Where a run begins anew; without a node, with what did not end well. */
export interface RetryBody {
  readonly from_node?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly input?: Readonly<Record<string, Json>> | null;
  readonly version?: number | null;
}

/** The ways out of a node. */
export interface RoutesDocument {
  readonly plain: readonly string[];
  readonly cases: readonly CaseDocument[];
  readonly default: readonly string[];
  readonly error: readonly string[];
  readonly first: boolean;
  readonly required: boolean;
}

/** One execution of a workflow version. */
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
  readonly usage: Usage | null;
  readonly is_held: boolean;
  readonly attempt: number;
  readonly event_count: number;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly parent_run_id: string | null;
  readonly source_run_id: string | null;
  readonly thread_id: string;
  readonly turn: number;
  readonly rolled_back: boolean;
  readonly variables: Readonly<Record<string, Json>> | null;
}

/** A run with its sub-runs, and the visit that asked for it; null at a run of nobody's. */
export interface RunBranch {
  readonly run: RunInTree;
  readonly node_id: string | null;
  readonly path: string | null;
  readonly visit: number | null;
  readonly children: readonly RunBranch[];
}

/** Which runs of a project: all that is given has to hold. */
export interface RunChoice {
  readonly status?: readonly RunStatus[];
  readonly workflow_id?: string | null;
  readonly parent_run_id?: string | null;
  readonly created_after?: string | null;
  readonly created_before?: string | null;
  readonly text?: string | null;
  readonly order?: RunOrder;
}

/** Two runs beside each other. */
export interface RunDiff {
  readonly a: Run;
  readonly b: Run;
  readonly same: boolean;
  readonly output: Differences;
  readonly edges: readonly ComparedEdge[];
  readonly nodes: readonly ComparedNode[];
  readonly visits: readonly ComparedVisit[];
  readonly visits_differing: number;
  readonly visits_total: number;
  readonly next_cursor: string | null;
}

/** Why a run or a visit failed. */
export interface RunError {
  readonly type: ErrorType;
  readonly message: string;
  readonly node_id?: string | null;
  readonly visit?: number | null;
  readonly attempt?: number | null;
}

/** A run without what is large. */
export interface RunInTree {
  readonly id: string;
  readonly workflow_id: string;
  readonly workflow: string;
  readonly version: number;
  readonly status: RunStatus;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** Which runs come first. */
export type RunOrder = "newest" | "oldest";

/** What became of one of many runs: its status, or why not. */
export interface RunOutcome {
  readonly id: string;
  readonly status?: RunStatus | null;
  readonly run_id?: string | null;
  readonly problem?: ProblemDocument | null;
}

/** How far a run is. */
export interface RunProgress {
  readonly id: string;
  readonly status: RunStatus;
  readonly progress: number;
  readonly current: readonly CurrentVisit[];
  readonly estimated_completion: string | null;
}

/** A run as of one entry of its log. */
export interface RunState {
  readonly seq: number;
  readonly head_seq: number;
  readonly at: string;
  readonly run: Run;
  readonly variables: Readonly<Record<string, Json>>;
  readonly tokens: readonly Token[];
  readonly joins: readonly WaitingJoin[];
  readonly bodies: readonly Body[];
  readonly complete: boolean;
  readonly nodes: readonly VisitAt[];
  readonly next_cursor: string | null;
}

/** Where a run stands. */
export type RunStatus = "pending" | "running" | "waiting" | "paused" | "cancelling" | "completed" | "failed" | "cancelled";

/** How a run is debugged. */
export interface RunStops {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly is_held: boolean;
  readonly is_stepping: boolean;
  readonly until: string | null;
  readonly breakpoints: readonly BreakpointDocument[];
  readonly matches: Readonly<Record<string, number>>;
  readonly stops: readonly StopDocument[];
}

/** A run with all its sub-runs. */
export interface RunTree {
  readonly tree: RunBranch;
  readonly complete: boolean;
}

/** Many runs: by their ids, or those that a filter finds. */
export interface RunsBody {
  readonly ids?: readonly string[] | null;
  readonly filter?: RunChoice | null;
  readonly cursor?: string | null;
  readonly limit?: number;
}

/** Runs that begin by themselves. */
export interface Schedule {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly workflow_id: string;
  readonly version: number | null;
  readonly cron: string;
  readonly time_zone: string;
  readonly input: Readonly<Record<string, Json>>;
  readonly is_active: boolean;
  readonly next_at: string | null;
  readonly last_at: string | null;
  readonly last_run_id: string | null;
  readonly last_error: string | null;
  readonly created_at: string;
}

/** Which workflow to run by itself, and when. */
export interface ScheduleBody {
  readonly name: string;
  readonly workflow_id: string;
  readonly version?: number | null;
  readonly cron: string;
  readonly time_zone?: string;
  readonly input?: Readonly<Record<string, Json>>;
  readonly is_active?: boolean;
}

/** What to change of a schedule; what is absent stays as it is. */
export interface ScheduleChange {
  readonly name?: string | null;
  readonly workflow_id?: string | null;
  readonly version?: number | null;
  readonly cron?: string | null;
  readonly time_zone?: string | null;
  readonly input?: Readonly<Record<string, Json>> | null;
  readonly is_active?: boolean | null;
}

/** What a key is good for. */
export type Scope = "read" | "run" | "debug" | "admin";

/** Where a signal went. */
export interface SentSignal {
  readonly delivered_to: Receiver | null;
}

/** An error forbids compiling; a warning does not. */
export type Severity = "error" | "warning";

/** Something that happened outside. */
export interface SignalBody {
  readonly name: string;
  readonly key?: string;
  readonly payload?: Json;
}

/** Which stopped visit comes to what without doing its work. */
export interface SkipBody {
  readonly node_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly output: Json;
}

/** Which stopped visit goes on, and how far. */
export interface StepBody {
  readonly node_id?: string | null;
  readonly path?: string | null;
  readonly visit?: number | null;
  readonly mode?: Mode;
  readonly retry?: boolean;
}

/** A visit that has stopped. */
export interface StopDocument {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly attempt: number;
  readonly position: Position;
  readonly reason: StopReason;
  readonly breakpoint_id: string | null;
  readonly edge_id: string | null;
  readonly input: Json;
  readonly output: Json;
  readonly variables: Readonly<Record<string, Json>>;
  readonly writes: readonly (readonly [string, Json] | readonly [string, Json, "overwrite"])[];
  readonly error: RunError | null;
  readonly running: readonly VisitRef[];
  readonly seq: number;
  readonly at: string;
}

/** Why a visit stopped: a breakpoint, a step, a run to its node, or a pause of the run. */
export type StopReason = "breakpoint" | "step" | "run_to" | "pause";

/** How a node learns that it may fire. `single`: it has one incoming edge. `direct`: no two tokens can ever be on their way to it, so it fires on whatever arrives. `inclusive`: it waits on a token channel. */
export type Strategy = "single" | "direct" | "inclusive";

/** A question to a person, asked by a visit of a `human` node. */
export interface Task {
  readonly id: string;
  readonly project_id: string;
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

/** Where a task stands; all but `open` never change. */
export type TaskStatus = "open" | "completed" | "expired" | "cancelled";

/** Runs that follow one another and share variables. */
export interface Thread {
  readonly id: string;
  readonly project_id: string;
  readonly status: "idle" | "busy";
  readonly active_run_id: string | null;
  readonly variables: Readonly<Record<string, Json>>;
  readonly runs: Page<Run>;
}

/** A thread, and the newest of its runs. */
export interface ThreadInList {
  readonly id: string;
  readonly project_id: string;
  readonly last_run: Run;
}

/** A token that waits on an edge. */
export interface Token {
  readonly path: string;
  readonly edge_id: string | null;
  readonly source: string | null;
  readonly target: string;
}

/** What model calls cost. */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cost_usd: number;
  readonly model: string | null;
}

/** What there is to say about a definition that nobody stored. */
export interface Verdict {
  readonly valid: boolean;
  readonly problems: readonly Finding[];
}

/** The latest visit of a node on one path, with all that the log tells of it. */
export interface VisitAt {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly progress: number;
  readonly input: Json;
  readonly output: Json;
  readonly error: RunError | null;
  readonly usage: Usage | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly began_seq: number;
  readonly ended_seq: number;
  readonly failures: readonly FailedAttempt[];
  readonly decisions: readonly DecidedEdge[];
  readonly wait: Wait | null;
  readonly writes: readonly (readonly [string, Json] | readonly [string, Json, "overwrite"])[];
  readonly handled: boolean;
  readonly returned: boolean;
  readonly cached: boolean;
}

/** A visit of a run. */
export interface VisitRef {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
}

/** A visit in one of the runs. */
export interface VisitSide {
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly error: RunError | null;
  readonly failures: readonly FailedAttempt[];
  readonly seconds: number | null;
  readonly usage: Usage | null;
  readonly taken: readonly string[];
}

/** What a visit waits for, or waited for last. */
export interface Wait {
  readonly kind: WaitKind;
  readonly due_at: string | null;
  readonly name: string | null;
  readonly key: string | null;
  readonly task_id: string | null;
}

/** What a visit waits for. */
export type WaitKind = "task" | "timer" | "signal" | "run";

/** A join that holds tokens and waits for others. */
export interface WaitingJoin {
  readonly node_id: string;
  readonly path: string;
  readonly holds: readonly Token[];
  readonly awaits: readonly Token[];
}

/** An address that is told of the events of a project's runs. */
export interface Webhook {
  readonly id: string;
  readonly project_id: string;
  readonly url: string;
  readonly event_types: readonly string[];
  readonly is_active: boolean;
  readonly created_at: string;
}

/** An address that is to be told of events. */
export interface WebhookBody {
  readonly url: string;
  readonly event_types: readonly string[];
}

/** What is to be different; what is left out stays. */
export interface WebhookChanges {
  readonly url?: string | null;
  readonly event_types?: readonly string[] | null;
  readonly is_active?: boolean | null;
}

/** One version of a workflow with its definition. */
export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly definition: Readonly<Record<string, Json>>;
  readonly problems: readonly Finding[];
}

/** A workflow in a list. */
export interface WorkflowSummary {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly created_at: string;
  readonly updated_at: string;
}
