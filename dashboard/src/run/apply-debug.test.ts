import { describe, expect, test } from "vitest";
import type { Breakpoint, VisitEvent } from "../client/types";
import { applyEvents } from "./apply-event";
import { ofNode, ofRun } from "./events.fixture";
import { selectedStop, visitKey } from "./debug-view";
import { emptyRun, momentOf, openVisits } from "./view";

const POINT: Breakpoint = {
  id: "p",
  on: "before",
  node_id: "a",
  edge_id: null,
  condition: null,
  hits: 2,
  is_enabled: true,
};
const CREATED = ofRun(1, "created", {
  workflow_id: "w",
  version: 1,
  input: {},
  node_count: 2,
  debug: { breakpoints: [POINT], is_stepping: true },
});

function stopped(seq: number, id: string, position = "before", reason = "step"): VisitEvent {
  return ofNode(seq, "paused", id, 1, { position, reason, input: { x: 1 }, output: 7 });
}

function asked(seq: number, type: string, data: object): VisitEvent {
  return { ...ofNode(seq, "paused", "a", 1, data), type: `workflow.${type}` } as unknown as VisitEvent;
}

function after(...events: Parameters<typeof applyEvents>[1]) {
  return applyEvents(emptyRun("r1"), [CREATED, ...events]).debug;
}

const stopsOf = ({ stops }: ReturnType<typeof after>) => stops.map(({ node_id: id }) => id);

describe("how a run is debugged", () => {
  test("begins with what was asked for", () => {
    expect(after()).toMatchObject({ breakpoints: [POINT], isStepping: true, stops: [] });
  });

  test("counts the matches of breakpoints, and anew of those that are changed", () => {
    const hit = asked(2, "breakpoint.hit", { breakpoint_id: "p", hits: 1 });
    const set = (hits: number) => asked(3, "breakpoints.set", { breakpoints: [{ ...POINT, hits }] });
    expect(after(hit, set(2)).matches.get("p")).toBe(1);
    expect(after(hit, set(3)).matches.get("p")).toBeUndefined();
  });

  test("holds stops in their order until each goes on from where it stands", () => {
    const [a, b] = [stopped(2, "a"), stopped(3, "b")];
    expect(stopsOf(after(a, b))).toEqual(["a", "b"]);
    expect(stopsOf(after(a, b, ofNode(4, "released", "a", 1, { position: "before" })))).toEqual(["b"]);
    expect(stopsOf(after(a, ofNode(4, "released", "a", 1, { position: null })))).toEqual(["a"]);
    expect(stopsOf(after(a, b, ofNode(4, "started", "b", 1, { input: 1 })))).toEqual(["a"]);
    expect(stopsOf(after(a, b, ofNode(4, "cancelled", "a", 1, {})))).toEqual(["b"]);
  });

  test("lets all go on that had stopped by then, be it to a node", () => {
    const place = { node_id: "a", path: "", visit: 1 };
    const released = [{ place, position: "before" }];
    const on = ofRun(4, "continued", { released, until: "b" });
    const debug = after(stopped(2, "a"), stopped(3, "b"), on);
    expect(debug).toMatchObject({ isStepping: false, until: "b", stops: [{ node_id: "b" }] });
    expect(after(on, stopped(5, "b", "before", "run_to")).until).toBeNull();
  });

  test("shows what was edited, where the visit stands", () => {
    const edit = (seq: number, data: object) => asked(seq, "state.edited", { position: "before", ...data });
    const debug = after(
      stopped(2, "a"),
      edit(3, { target: "input", value: { x: 2 } }),
      edit(4, { target: "variable", name: "v", value: null }),
      edit(5, { target: "output", value: 9, position: "after" }),
    );
    expect(debug.stops).toMatchObject([{ input: { x: 2 }, output: undefined, variables: { v: null } }]);
  });

  test("has an output only of work that is done", () => {
    expect(after(stopped(2, "a", "after")).stops[0]?.output).toBe(7);
    expect(after(stopped(2, "a", "error")).stops[0]?.output).toBeUndefined();
  });
});

test("commands are about the visit that is looked at, else the last one that stopped", () => {
  const debug = after(stopped(2, "a"), stopped(3, "b"));
  const [a] = debug.stops;
  expect(selectedStop(debug, "a", null)?.node_id).toBe("a");
  expect(selectedStop(debug, "a", a ? visitKey(a) : null)?.node_id).toBe("a");
  expect(selectedStop(debug, "c", null)?.node_id).toBe("b");
  expect(selectedStop(after(), "a", null)).toBeNull();
});

test("a run at rest is shown as of its last entry, others as of their last stop", () => {
  const moving = [CREATED, ofRun(2, "started", {}), stopped(3, "a"), ofNode(4, "started", "b", 1, {})];
  const run = applyEvents(emptyRun("r1"), moving);
  expect(momentOf(run)).toBe(3);
  expect(openVisits(run).map(({ node_id: id }) => id)).toEqual(["a", "b"]);
  expect(momentOf(applyEvents(run, [ofRun(5, "paused", {})]))).toBe(5);
});
