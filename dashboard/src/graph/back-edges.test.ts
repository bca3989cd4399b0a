import { expect, test } from "vitest";
import type { Graph } from "../client/types";
import { backEdges } from "./back-edges";

function graph(...pairs: string[]): Graph {
  const ids = [...new Set(pairs.flatMap((pair) => [pair.charAt(0), pair.charAt(1)]))];
  return {
    name: "g",
    version: 1,
    nodes: ids.map((id) => ({ id, type: "t", name: id, position: null, parent: null, slot: null, ui: {} })),
    edges: pairs.map((pair) => ({
      id: pair,
      source: pair.charAt(0),
      target: pair.charAt(1),
      handle: null,
      kind: "plain",
      condition: null,
      label: null,
    })),
  };
}

test.each([
  [["ab", "bc", "ac"], []],
  [["ab", "bc", "cb", "cd"], ["cb"]],
  [["aa"], ["aa"]],
  [["ab", "ba"], ["ba"]],
  // The loop's head is where the root leads, wherever it stands in the list.
  [["cb", "bc", "ab"], ["cb"]],
])("%j has the back edges %j", (pairs, expected) => {
  expect([...backEdges(graph(...pairs))]).toEqual(expected);
});

test("a chain may be longer than the stack is deep", () => {
  const chain = graph("ab");
  const nodes = Array.from({ length: 20_000 }, (_, i) => ({ ...chain.nodes[0], id: String(i) }));
  const edges = nodes.slice(1).map(({ id }) => ({
    ...chain.edges[0],
    id,
    source: String(Number(id) - 1),
    target: id,
  }));
  expect(backEdges({ ...chain, nodes, edges } as Graph).size).toBe(0);
});
