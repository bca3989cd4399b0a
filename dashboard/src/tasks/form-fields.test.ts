import { describe, expect, test } from "vitest";
import type { Json } from "../client/types";
import { fieldOf, initiallyTyped, leavesOf, problemsByField, readAnswer } from "./form-fields";

const REFUND = {
  type: "object",
  required: ["approved", "reason"],
  properties: {
    approved: { title: "Pay it back", type: "boolean" },
    reason: { enum: ["damaged", "late"], default: "late" },
    amount: { type: "number", description: "In euros." },
    pieces: { type: "integer", default: 2 },
    note: { type: "string", maxLength: 200 },
    to: { properties: { "a/b": { type: "string" } } },
    more: { type: "array" },
  },
};
const FIELD = fieldOf(REFUND);

function answered(typed: Record<string, string>) {
  return readAnswer(FIELD, { ...initiallyTyped(FIELD), ...typed });
}

test("each kind of schema has its field; what is beyond fields is JSON", () => {
  const kinds = leavesOf(FIELD).map(({ pointer, kind }) => [pointer, kind]);
  expect(kinds).toEqual([
    ["/approved", "choice"],
    ["/reason", "choice"],
    ["/amount", "number"],
    ["/pieces", "integer"],
    ["/note", "line"],
    ["/to/a~1b", "text"],
    ["/more", "json"],
  ]);
  expect(leavesOf(FIELD)[0]).toMatchObject({ label: "Pay it back", isRequired: true });
  expect(leavesOf(FIELD)[2]).toMatchObject({ label: "amount", hint: "In euros.", isRequired: false });
});

test.each<[string, Record<string, Json>]>([
  ["no form", {}],
  ["a list", { type: "array", items: { type: "string" } }],
  ["a reference", { $ref: "#/$defs/x", $defs: { x: {} } }],
  ["alternatives", { anyOf: [{ type: "string" }], properties: { a: {} } }],
  ["an object without named fields", { type: "object" }],
])("%s is one field of JSON", (_, form) => {
  expect(fieldOf(form)).toMatchObject({ kind: "json", pointer: "", label: "Answer" });
});

test("objects in objects end as JSON", () => {
  const nested = { properties: { a: { properties: { b: { properties: { c: { properties: { d: {} } } } } } } } };
  expect(leavesOf(fieldOf(nested)).map(({ pointer, kind }) => [pointer, kind])).toEqual([["/a/b/c", "json"]]);
});

describe("an answer", () => {
  test("holds what was typed, and leaves out what was not", () => {
    expect(answered({ "/approved": "0" })).toEqual({
      value: { approved: true, reason: "late", pieces: 2 },
      problems: [],
    });
    expect(answered({ "/approved": "1", "/amount": "12.5", "/to/a~1b": "x", "/more": "[1]" }).value).toEqual({
      approved: false,
      reason: "late",
      amount: 12.5,
      pieces: 2,
      to: { "a/b": "x" },
      more: [1],
    });
  });

  test("names every field that cannot be read", () => {
    const { problems } = answered({ "/amount": "much", "/pieces": "1.5", "/more": "[" });
    expect(problems.map(({ pointer }) => pointer)).toEqual(["/approved", "/amount", "/pieces", "/more"]);
  });

  test("may be any value", () => {
    expect(readAnswer(fieldOf({}), { "": "null" })).toEqual({ value: null, problems: [] });
    expect(readAnswer(fieldOf({ type: "string" }), { "": "yes" }).value).toBe("yes");
    expect(readAnswer(fieldOf({}), { "": "" }).problems).toHaveLength(1);
  });
});

test("what the server finds stands at the field, what is about no field apart", () => {
  const found = problemsByField(FIELD, [
    { pointer: "/note", detail: "too long" },
    { pointer: "/more/0/x", detail: "no number" },
    { pointer: "", detail: "too few" },
    { pointer: "/not", detail: "unknown" },
  ]);
  expect(Object.fromEntries(found)).toEqual({
    "/note": ["too long"],
    "/more": ["no number"],
    null: ["too few", "unknown"],
  });
});
