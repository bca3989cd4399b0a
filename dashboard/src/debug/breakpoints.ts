/** Breakpoints and the places that they are about, as plain values. */

import type { Breakpoint } from "../client/types";

/** A place in a graph that can have breakpoints; errors may be those of any node. */
export type Spot =
  | { readonly on: "before" | "after" | "edge"; readonly id: string }
  | { readonly on: "error"; readonly id: string | null };

export const NODE_SPOTS = ["before", "after", "error"] as const;

export const SPOT_WORDS: Readonly<Record<Breakpoint["on"], string>> = {
  before: "Before",
  after: "After",
  error: "On error",
  edge: "On the edge",
};

export function breakpointsAt(list: readonly Breakpoint[], { on, id }: Spot): Breakpoint[] {
  return list.filter((b) => b.on === on && id === (on === "edge" ? b.edge_id : b.node_id));
}

/** All breakpoints of a node, without those on its edges. */
export function breakpointsOf(list: readonly Breakpoint[], nodeId: string): Breakpoint[] {
  return list.filter((b) => b.on !== "edge" && b.node_id === nodeId);
}

export function newBreakpoint({ on, id }: Spot): Omit<Breakpoint, "id"> {
  const isEdge = on === "edge";
  return {
    on,
    node_id: isEdge ? null : id,
    edge_id: isEdge ? id : null,
    condition: null,
    hits: 1,
    is_enabled: true,
  };
}

/** Where a breakpoint stops. */
export function placeWords(
  { on, node_id: nodeId, edge_id: edgeId }: Breakpoint,
  names: ReadonlyMap<string, string>,
): string {
  if (on === "edge") return `On ${edgeId ?? "an edge"}`;
  const name = nodeId === null ? "any node" : (names.get(nodeId) ?? nodeId);
  return on === "error" ? `On an error of ${name}` : `${SPOT_WORDS[on]} ${name}`;
}

/** When it does; nothing where that is always. */
export function limitWords({ condition, hits, is_enabled: isEnabled }: Breakpoint): string {
  const parts = [
    condition === null ? "" : ` if ${condition}`,
    hits > 1 ? ` from match ${hits} on` : "",
    isEnabled ? "" : " (off)",
  ];
  return parts.join("");
}
