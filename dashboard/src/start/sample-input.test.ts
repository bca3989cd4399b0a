import { expect, test } from "vitest";
import type { Json } from "../client/types";
import { sampleInput } from "./sample-input";

function ofSchema(input_schema: Json) {
  return sampleInput({ input_schema });
}

test("the author's sample wins", () => {
  expect(sampleInput({ ui: { sample_input: { a: 1 } }, input_schema: { default: {} } })).toEqual({
    a: 1,
  });
});

test("without a schema the input is empty", () => {
  expect(sampleInput({})).toEqual({});
});

test("each field shows its example, default, constant or first choice", () => {
  const properties = {
    ticket: { type: "string", examples: ["lost parcel", "refund"] },
    urgent: { type: "boolean", default: true },
    kind: { const: "mail" },
    size: { enum: ["s", "m"] },
  };
  expect(ofSchema({ type: "object", properties })).toEqual({
    ticket: "lost parcel",
    urgent: true,
    kind: "mail",
    size: "s",
  });
});

test("a field that shows nothing gets the plainest value of its type", () => {
  const properties = {
    text: { type: "string" },
    count: { type: "integer", minimum: 1 },
    list: { type: ["null", "array"] },
    inner: { properties: { flag: { type: "boolean" } } },
    anything: {},
  };
  expect(ofSchema({ properties })).toEqual({
    text: "",
    count: 1,
    list: [],
    inner: { flag: false },
    anything: null,
  });
});

test("an example of the whole input beats those of its fields", () => {
  const properties = { a: { type: "string" } };
  expect(ofSchema({ type: "object", properties, examples: [{ a: "x" }] })).toEqual({ a: "x" });
});
