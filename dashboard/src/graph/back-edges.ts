/** Finds the edges that close a loop, as a reader who follows the graph from its roots meets them. */

import type { Graph, GraphEdge } from "../client/types";

export function backEdges(graph: Graph): ReadonlySet<string> {
  const outgoing = bySource(graph.edges);
  const targets = new Set(graph.edges.map((edge) => edge.target));
  const roots = graph.nodes.filter(({ id }) => !targets.has(id));
  const found = new Set<string>();
  const seen = new Set<string>();
  // Nodes without a root above them are parts of loops that nothing enters: any start will do.
  for (const { id } of [...roots, ...graph.nodes]) {
    if (!seen.has(id)) follow(id, outgoing, seen, found);
  }
  return found;
}

function bySource(edges: readonly GraphEdge[]): ReadonlyMap<string, readonly GraphEdge[]> {
  const outgoing = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const known = outgoing.get(edge.source);
    if (known) known.push(edge);
    else outgoing.set(edge.source, [edge]);
  }
  return outgoing;
}

/** Goes depth first without recursion, since a chain may be longer than the stack is deep. */
function follow(
  root: string,
  outgoing: ReadonlyMap<string, readonly GraphEdge[]>,
  seen: Set<string>,
  found: Set<string>,
): void {
  const path = [{ id: root, next: 0 }];
  const onPath = new Set([root]);
  seen.add(root);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const edge = outgoing.get(top.id)?.[top.next];
    top.next += 1;
    if (edge === undefined) {
      onPath.delete(top.id);
      path.pop();
    } else if (onPath.has(edge.target)) {
      found.add(edge.id);
    } else if (!seen.has(edge.target)) {
      seen.add(edge.target);
      onPath.add(edge.target);
      path.push({ id: edge.target, next: 0 });
    }
  }
}
