import { expect, test } from "vitest";
import { agoWords, spanWords } from "./time-words";

test.each([
  [-5, "0 ms"],
  [340, "340 ms"],
  [4_290, "4.2 s"],
  [59_990, "59.9 s"],
  [185_000, "3 min 05 s"],
  [8_040_000, "2 h 14 min"],
  [93_600_000, "1 d 02 h"],
])("%i ms is %s", (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});

test.each([
  [0, "just now"],
  [42, "42 s ago"],
  [600, "10 min ago"],
  [7_300, "2 h ago"],
  [200_000, "2 d ago"],
])("%i s ago is %s", (seconds, words) => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  expect(agoWords(new Date(now - seconds * 1000).toISOString(), now)).toBe(words);
});
