/** What the address of the runs page asks for. */

import type { RunStatus } from "../client/types";
import { SINCE, type RunFilter, type Since } from "../wire/queries";

/** Every status of the interface: the type wants each of them. */
const IS_STATUS: Readonly<Record<RunStatus, true>> = {
  pending: true,
  running: true,
  waiting: true,
  paused: true,
  cancelling: true,
  completed: true,
  failed: true,
  cancelled: true,
};

export const STATUSES = Object.keys(IS_STATUS) as readonly RunStatus[];
export const PERIODS = Object.keys(SINCE) as readonly Since[];

export const FILTER_WORDS = ["text", "status", "workflow", "since"] as const;

export type FilterWord = (typeof FILTER_WORDS)[number];

export interface AskedRuns {
  readonly filter: RunFilter;
  /** What means nothing here; it is never taken for "all". */
  readonly unknown: readonly { readonly word: FilterWord; readonly value: string }[];
  readonly isFiltered: boolean;
}

export function readFilter(query: URLSearchParams): AskedRuns {
  const asked = new Map(FILTER_WORDS.map((word) => [word, query.get(word)?.trim() ?? ""]));
  const value = (word: FilterWord) => asked.get(word) ?? "";
  const text = value("text");
  const workflowId = value("workflow");
  const status = STATUSES.find((name) => name === value("status"));
  const since = PERIODS.find((name) => name === value("since"));
  const known: Readonly<Record<FilterWord, string | undefined>> = {
    text,
    workflow: workflowId,
    status,
    since,
  };
  return {
    filter: {
      limit: 50,
      ...(text && { text }),
      ...(status && { status }),
      ...(workflowId && { workflowId }),
      ...(since && { since }),
    },
    unknown: FILTER_WORDS.filter((word) => value(word) !== (known[word] ?? "")).map((word) => ({
      word,
      value: value(word),
    })),
    isFiltered: FILTER_WORDS.some((word) => value(word) !== ""),
  };
}
