import { expect, test } from "vitest";
import { readJson } from "./read-json";

test("an object is an input", () => {
  expect(readJson('{"a": 1}')).toEqual({ ok: true, value: { a: 1 } });
});

test.each(["[1]", "1", "null", "{", ""])("%j is not", (text) => {
  expect(readJson(text).ok).toBe(false);
});
