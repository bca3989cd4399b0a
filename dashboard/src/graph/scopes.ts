/** A graph as scopes: the whole workflow, and inside each container its nodes and their edges. */

import type { Graph, GraphEdge, GraphNode } from "../client/types";

export interface Scope {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** The scope of the whole workflow has the empty name, the others that of their container. */
export const TOP = "";

export function scopesOf(graph: Graph): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, { nodes: GraphNode[]; edges: GraphEdge[] }>();
  scopes.set(TOP, { nodes: [], edges: [] });
  const homes = new Map<string, string>();
  for (const node of graph.nodes) {
    const home = node.parent ?? TOP;
    homes.set(node.id, home);
    if (!scopes.has(home)) scopes.set(home, { nodes: [], edges: [] });
    scopes.get(home)?.nodes.push(node);
  }
  for (const edge of graph.edges) scopes.get(homes.get(edge.source) ?? TOP)?.edges.push(edge);
  return scopes;
}

/** How many containers lie around each node. */
export function depthsOf(graph: Graph): ReadonlyMap<string, number> {
  const parents = new Map(graph.nodes.map((node) => [node.id, node.parent]));
  const depthOf = (id: string): number => {
    const parent = parents.get(id) ?? null;
    return parent === null ? 0 : 1 + depthOf(parent);
  };
  return new Map(graph.nodes.map(({ id }) => [id, depthOf(id)]));
}
