import { expect, test } from "vitest";
import { readFilter, STATUSES } from "./run-filter";

const read = (query: string) => readFilter(new URLSearchParams(query));

test("every word of the address is a part of the filter", () => {
  expect(read("status=paused&workflow=w1&text=+on+fire+&since=day&project=billing")).toEqual({
    filter: { limit: 50, status: "paused", workflowId: "w1", text: "on fire", since: "day" },
    unknown: [],
    isFiltered: true,
  });
});

test("an address that asks for nothing asks for all", () => {
  expect(read("status=&text=+&project=billing")).toEqual({
    filter: { limit: 50 },
    unknown: [],
    isFiltered: false,
  });
});

test.each(STATUSES)("runs that are %s can be asked for", (status) => {
  expect(read(`status=${status}`).filter.status).toBe(status);
});

test("what means nothing is said, and not taken for all", () => {
  expect(read("status=done&since=1999&text=x").unknown).toEqual([
    { word: "status", value: "done" },
    { word: "since", value: "1999" },
  ]);
});
