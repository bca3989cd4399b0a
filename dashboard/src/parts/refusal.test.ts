import { expect, test } from "vitest";
import { ApiError } from "../client/http";
import { refusalOf } from "./refusal";

const problem = (pointer: string, detail: string) => ({ pointer, code: "x", detail });

test("what is wrong stands at its field, and nothing is said twice", () => {
  const problems = [problem("/edits/0/input/a", "deep"), problem("/edits/01", "other"), problem("", "all")];
  const refusal = refusalOf(new ApiError(422, "Refused", "", problems));
  expect(refusal.at("/edits/0")).toEqual(["deep"]);
  expect(refusal.elsewhere("/edits/0")).toEqual(["other", "all"]);
});

test("what was refused as a whole is told as a whole", () => {
  const refusal = refusalOf(new ApiError(409, "Over", "the run is over", [problem("", "x")]));
  expect(refusal.at("")).toEqual([]);
  expect(refusal.elsewhere()).toEqual(["the run is over"]);
  expect(refusalOf(null).elsewhere()).toEqual([]);
});
