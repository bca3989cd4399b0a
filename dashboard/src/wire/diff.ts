/** Two runs beside each other, as the server tells it. */

import { queryOptions } from "@tanstack/react-query";
import { get } from "../client/http";
import { retryUnlessRefused } from "./queries";
import type { Json, NodeStatus, Run, RunError, Usage } from "../client/types";

export type Fate = "same" | "changed" | "only_a" | "only_b";

export interface Difference {
  readonly pointer: string;
  readonly change: "added" | "removed" | "changed";
  readonly before: Json;
  readonly after: Json;
}

export interface Differences {
  readonly items: readonly Difference[];
  readonly complete: boolean;
}

export interface VisitSide {
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly error: RunError | null;
  readonly seconds: number | null;
  readonly usage: Usage | null;
  readonly taken: readonly string[];
}

export interface ComparedVisit {
  readonly node_id: string;
  readonly path: string;
  readonly visit: number;
  readonly fate: Fate;
  readonly aspects: readonly string[];
  readonly a: VisitSide | null;
  readonly b: VisitSide | null;
  readonly input: Differences;
  readonly output: Differences;
}

export interface ComparedNode {
  readonly node_id: string;
  readonly fate: Fate;
  readonly is_redefined: boolean;
}

export interface RunDiff {
  readonly a: Run;
  readonly b: Run;
  readonly same: boolean;
  readonly output: Differences;
  readonly edges: readonly { edge_id: string; times_a: number; times_b: number }[];
  readonly nodes: readonly ComparedNode[];
  readonly visits: readonly ComparedVisit[];
  readonly visits_differing: number;
  readonly visits_total: number;
  readonly next_cursor: string | null;
}

export function diffQuery(a: string, b: string) {
  return queryOptions({
    queryKey: ["diff", a, b],
    queryFn: () =>
      get<RunDiff>(`/runs/${encodeURIComponent(a)}/diff/${encodeURIComponent(b)}?limit=500`),
    // A run that goes on differs otherwise a moment later.
    staleTime: 0,
    retry: retryUnlessRefused,
  });
}
