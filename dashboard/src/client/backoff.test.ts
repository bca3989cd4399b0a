import { expect, test } from "vitest";
import { backoffMs } from "./backoff";

test("the wait doubles up to its limit", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffMs(attempt, 1));
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test("chance takes off at most half of it", () => {
  expect(backoffMs(3, 0)).toBe(1000);
});
