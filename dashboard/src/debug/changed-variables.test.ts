import { expect, test } from "vitest";
import { changedVariables, VariablesError } from "./changed-variables";

const BEFORE = { tone: "kindly", seen: [1] };

test("only what is otherwise is asked for", () => {
  expect(changedVariables(BEFORE, { tone: null, seen: [1], more: 2 })).toEqual({ tone: null, more: 2 });
});

test.each([[[]], [null], [{ tone: "kindly" }]])("%j is no change of variables", (typed) => {
  expect(() => changedVariables(BEFORE, typed)).toThrow(VariablesError);
});
