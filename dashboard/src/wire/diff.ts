/** Two runs beside each other, as the server tells it. */

import { queryOptions } from "@tanstack/react-query";
import { get } from "../client/http";
import { retryUnlessRefused } from "./retrying";
import type { RunDiff } from "../client/types";

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
