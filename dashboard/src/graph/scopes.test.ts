import { expect, test } from "vitest";
import type { Graph } from "../client/types";
import { firstView } from "./frame";
import { NODE_SIZE, PADDING } from "./placement";
import { authoredPlacement } from "./placement-authored";
import { placeWithDagre } from "./placement-dagre";
import { depthsOf, scopesOf } from "./scopes";

const EDGE = { handle: null, kind: "plain" as const, condition: null, label: null };
const at = (id: string, parent: string | null) => {
  return { id, type: "t", name: id, position: { x: 0, y: 0 }, parent, slot: null, ui: {} };
};
const NESTED: Graph = {
  name: "nested",
  version: 1,
  nodes: [at("a", null), at("loop", null), at("b", "loop"), at("safe", "loop"), at("c", "safe")],
  edges: [
    { id: "1", source: "a", target: "loop", ...EDGE },
    { id: "2", source: "b", target: "safe", ...EDGE },
  ],
};

test("each container is a scope of its nodes and their edges", () => {
  const scopes = scopesOf(NESTED);
  expect([...scopes.keys()]).toEqual(["", "loop", "safe"]);
  expect(scopes.get("loop")?.edges.map(({ id }) => id)).toEqual(["2"]);
  expect(depthsOf(NESTED).get("c")).toBe(2);
});

test("what is inside of a container is drawn inside of it", () => {
  const { nodes, sizes } = placeWithDagre(NESTED, "right");
  for (const [inner, outer] of [["b", "loop"], ["safe", "loop"], ["c", "safe"]] as const) {
    const box = { ...NODE_SIZE, ...nodes.get(inner), ...sizes.get(inner) };
    const around = { ...NODE_SIZE, ...nodes.get(outer), ...sizes.get(outer) };
    const [left, top] = [(box.x ?? 0) - (around.x ?? 0), (box.y ?? 0) - (around.y ?? 0)];
    expect(left).toBeGreaterThanOrEqual(PADDING.left);
    expect(top).toBeGreaterThanOrEqual(PADDING.top);
    expect(left + box.width).toBeLessThanOrEqual(around.width);
    expect(top + box.height).toBeLessThanOrEqual(around.height);
  }
});

test("a workflow with containers is placed anew, and seen", () => {
  expect(authoredPlacement(NESTED)).toBeNull();
  const view = firstView(placeWithDagre(NESTED, "right"), { width: 960, height: 700 });
  expect(view.zoom).toBeGreaterThan(0);
});
