/** What the server says about runs that are debugged. */

import type { Json, RunError } from "./types";

export type StopPosition = "before" | "after" | "error";
export type StopReason = "breakpoint" | "step" | "run_to" | "pause";

/** A wish that visits stop; without a node it is about all that fail. */
export interface Breakpoint {
  readonly id: string;
  readonly on: "before" | "after" | "edge" | "error";
  readonly node_id: string | null;
  readonly edge_id: string | null;
  readonly condition: string | null;
  /** From which match on it stops. */
  readonly hits: number;
  readonly is_enabled: boolean;
}

/** How a run is debugged from its beginning. */
export interface DebugWish {
  readonly stepping?: boolean;
  readonly kept_breakpoints?: boolean;
  readonly breakpoints?: readonly Breakpoint[];
  readonly pins_from?: string | null;
}

/** A visit of a run, by its address. */
export interface VisitAddress {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
}

/** Where a visit stopped, for whoever debugs the run; and what it would go on with. */
export interface StopData {
  readonly position: StopPosition;
  readonly reason: StopReason;
  readonly breakpoint_id?: string | null;
  readonly edge_id?: string | null;
  readonly input?: Json;
  readonly output?: Json;
  readonly error?: RunError | null;
}

export interface ContinuedData {
  readonly released: readonly { readonly place: VisitAddress; readonly position: StopPosition }[];
  readonly until: string | null;
}

export interface EditData {
  readonly position: StopPosition;
  readonly target: "input" | "output" | "variable";
  readonly value: Json;
  readonly name?: string | null;
  readonly pinned: boolean;
}
