import { describe, expect, test } from "vitest";
import type { ComparedVisit, VisitSide } from "../client/types";
import { marksOf } from "./marks";
import { edgesOnlyIn, sideWords, valueWords, visitName } from "./words";

const SIDE: VisitSide = {
  status: "completed",
  attempt: 1,
  error: null,
  failures: [],
  seconds: 1.5,
  usage: null,
  taken: ["a->b"],
};

describe("a compared visit", () => {
  test("is named by its path, its node and its number", () => {
    const visit = { node_id: "fetch", path: "loop[3]", visit: 2 } as ComparedVisit;
    expect(visitName(visit)).toBe("loop[3].fetch #2");
    expect(visitName({ ...visit, path: "", visit: 1 })).toBe("fetch");
  });

  test("says how each run went", () => {
    expect(sideWords(null)).toBe("did not take place");
    expect(sideWords(SIDE)).toContain("completed · 1.5");
    const error = { type: "TIMEOUT" as const, message: "too slow" };
    const failed = { ...SIDE, status: "failed" as const, attempt: 3, error };
    expect(sideWords(failed)).toMatch(/^failed · attempt 3 · .* · too slow$/);
  });

  test("names the edges that only one run took", () => {
    expect(edgesOnlyIn(SIDE, { ...SIDE, taken: ["a->c"] })).toEqual(["a->b"]);
    expect(edgesOnlyIn(SIDE, SIDE)).toEqual([]);
    expect(edgesOnlyIn(SIDE, null)).toEqual(["a->b"]);
  });
});

test("long values are cut", () => {
  expect(valueWords({ a: [1, true] })).toBe('{"a":[1,true]}');
  expect(valueWords("x".repeat(1_000)).length).toBeLessThan(210);
});

test("a node is marked by what became of it, and by a change of its definition", () => {
  const marks = marksOf([
    { node_id: "a", fate: "only_a", is_redefined: false },
    { node_id: "b", fate: "same", is_redefined: true },
  ]);
  expect(marks.get("a")).toEqual({ name: "only_a", words: "Only in A" });
  expect(marks.get("b")?.words).toBe("Same, redefined");
});
