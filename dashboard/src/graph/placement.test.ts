import { expect, test } from "vitest";
import type { Graph } from "../client/types";
import { bestDirection, canBeMapped, firstView, READABLE_ZOOM } from "./frame";
import { NODE_SIZE } from "./placement";
import { authoredPlacement } from "./placement-authored";
import { placeWithDagre } from "./placement-dagre";

const FRAME = { width: 960, height: 700 };

function chain(length: number, at: (index: number) => Graph["nodes"][number]["position"]): Graph {
  const nodes = Array.from({ length }, (_, i) => ({
    id: String(i),
    type: "t",
    name: "n",
    position: at(i),
    parent: null,
    slot: null,
    ui: {},
  }));
  const edges = nodes.slice(1).map(({ id }) => ({
    id: `e${id}`,
    source: String(Number(id) - 1),
    target: id,
    handle: null,
    kind: "plain" as const,
    condition: null,
    label: null,
  }));
  return { name: "g", version: 1, nodes, edges };
}

test("the author's positions count only when every node has one", () => {
  expect(authoredPlacement(chain(3, (i) => (i === 1 ? null : { x: i, y: 0 })))).toBeNull();
  const placed = authoredPlacement(chain(2, (i) => ({ x: i * 300, y: 0 })));
  expect(placed?.nodes.get("1")).toEqual({ x: 300, y: 0 });
  expect(placed?.direction).toBe("right");
});

test("the steps of the author's drawing grow until the words on its edges have room", () => {
  const plain = chain(3, (i) => ({ x: i * 300, y: 0 }));
  const worded = plain.edges.map((edge) => ({ ...edge, condition: "a.output.score >= 0.8" }));
  const placed = authoredPlacement({ ...plain, edges: worded });
  const steps = [0, 1, 2].map((i) => placed?.nodes.get(String(i))?.x ?? 0);
  expect(steps[1]).toBeGreaterThan(400);
  expect(steps[2]).toBe(2 * (steps[1] ?? 0));
});

test("a drawing from top to bottom is seen as such", () => {
  expect(authoredPlacement(chain(3, (i) => ({ x: 0, y: i * 120 })))?.direction).toBe("down");
});

test("an edge that leads back in the author's drawing goes around the nodes", () => {
  const placed = authoredPlacement(chain(2, (i) => ({ x: -300 * i, y: 0 })));
  const lowest = Math.max(...(placed?.routes.get("e1")?.points.map(({ y }) => y) ?? []));
  expect(lowest).toBeGreaterThan(NODE_SIZE.height);
});

test("an edge of the author's drawing goes around a node that stands in its way", () => {
  const column = chain(3, (i) => ({ x: 0, y: i * 200 }));
  const [edge] = column.edges;
  const long = { ...edge, id: "long", source: "0", target: "2" } as Graph["edges"][number];
  const placed = authoredPlacement({ ...column, edges: [...column.edges, long] });
  const beside = placed?.routes.get("long")?.points.filter(({ y }) => y > 200 && y < 268) ?? [];
  const lane = placed?.routes.get("long")?.points.map(({ x }) => x) ?? [];
  expect(beside).toEqual([]);
  expect(lane.some((x) => x < 0 || x > NODE_SIZE.width)).toBe(true);
});

test("no two nodes of the quick placement overlap", () => {
  const places = [...placeWithDagre(chain(30, () => null), "right").nodes.values()];
  const steps = places.slice(1).map((place, i) => place.x - (places[i]?.x ?? 0));
  expect(Math.min(...steps)).toBeGreaterThan(NODE_SIZE.width);
});

test("a narrow frame is read downwards, a long chain where it has more room", () => {
  expect(bestDirection(chain(2, () => null), { width: 360, height: 600 })).toBe("down");
  expect(bestDirection(chain(3, () => null), FRAME)).toBe("right");
  expect(bestDirection(chain(6, () => null), FRAME)).toBe("down");
});

test("the first view is never too small to read and never too large", () => {
  const zoom = (length: number) => firstView(placeWithDagre(chain(length, () => null), "right"), FRAME).zoom;
  expect([zoom(2), zoom(100)]).toEqual([1, READABLE_ZOOM]);
});

test("a drawing that does not fit begins with its first node in sight", () => {
  const placement = placeWithDagre(chain(100, () => null), "right");
  const view = firstView(placement, FRAME);
  const first = placement.nodes.get("0");
  expect((first?.x ?? 0) * view.zoom + view.x).toBeGreaterThanOrEqual(0);
  expect((first?.x ?? 0) * view.zoom + view.x).toBeLessThan(FRAME.width / 2);
});

test("a map shows a large graph, unless its nodes would be too small to be seen", () => {
  const mapped = [10, 40, 200].map((n) => canBeMapped(placeWithDagre(chain(n, () => null), "right")));
  expect(mapped).toEqual([false, true, false]);
});
