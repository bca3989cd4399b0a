/** What a drawing says of its nodes beside how a run stands. */

import { createContext, use } from "react";
import type { ComparedNode, Fate } from "../client/types";

export interface Mark {
  readonly name: Fate;
  readonly words: string;
}

export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  same: "Same",
  changed: "Differs",
  only_a: "Only in A",
  only_b: "Only in B",
};

/** The marks by node; null where nothing is compared. */
export const MarksContext = createContext<ReadonlyMap<string, Mark> | null>(null);

export function useMark(nodeId: string): Mark | null {
  return use(MarksContext)?.get(nodeId) ?? null;
}

export function marksOf(nodes: readonly ComparedNode[]): ReadonlyMap<string, Mark> {
  return new Map(
    nodes.map(({ node_id: id, fate, is_redefined: isRedefined }) => {
      const words = isRedefined ? `${FATE_WORDS[fate]}, redefined` : FATE_WORDS[fate];
      return [id, { name: fate, words }];
    }),
  );
}
