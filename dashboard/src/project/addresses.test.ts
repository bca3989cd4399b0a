import { expect, test } from "vitest";
import { inProject, placeElsewhere, projectIn } from "./addresses";

test("an address names its project, and none the one that is always there", () => {
  expect(projectIn(new URLSearchParams("?status=failed&project=billing"))).toBe("billing");
  expect(projectIn(new URLSearchParams("?project="))).toBe("default");
  expect(projectIn(new URLSearchParams())).toBe("default");
});

test("an address goes into a project with all that it says", () => {
  expect(inProject("/runs", "billing")).toBe("/runs?project=billing");
  expect(inProject("/runs/a%2Fb?node=x#end", "a&b")).toBe("/runs/a%2Fb?node=x&project=a%26b#end");
  expect(inProject("/runs?project=billing&text=x", "other")).toBe("/runs?project=other&text=x");
  expect(inProject("/runs?project=billing", "default")).toBe("/runs");
});

test("in another project one finds the same list, and no thing of this one", () => {
  expect(placeElsewhere("/tasks")).toBe("/tasks");
  expect(placeElsewhere("/runs/42")).toBe("/");
});
