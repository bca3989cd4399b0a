/** Proposes an input for a run, from what the definition says about its input. */

import type { Json } from "../client/types";

type Fields = Readonly<Record<string, Json>>;

const DEEPEST = 8;

/** The author's sample if there is one, else what the schema shows: examples, defaults, types. */
export function sampleInput(definition: Fields): Json {
  const sample = asFields(definition.ui).sample_input;
  if (sample !== undefined) return sample;
  const schema = definition.input_schema;
  return schema === undefined || schema === null ? {} : sampleOf(asFields(schema), DEEPEST);
}

function sampleOf(schema: Fields, depth: number): Json {
  const given = shownValue(schema);
  if (given !== undefined) return given;
  if (depth === 0) return null;
  switch (typeOf(schema)) {
    case "object":
      return sampleFields(schema, depth);
    case "array":
      return [];
    case "string":
      return "";
    case "number":
    case "integer":
      return typeof schema.minimum === "number" ? schema.minimum : 0;
    case "boolean":
      return false;
    default:
      return null;
  }
}

function shownValue(schema: Fields): Json | undefined {
  const first = (key: string) => asList(schema[key])[0];
  return first("examples") ?? schema.default ?? schema.const ?? first("enum");
}

function typeOf(schema: Fields): Json | undefined {
  if (schema.properties !== undefined) return "object";
  const type = schema.type;
  return asList(type).find((name) => name !== "null") ?? type;
}

function sampleFields(schema: Fields, depth: number): Json {
  const properties = Object.entries(asFields(schema.properties));
  return Object.fromEntries(
    properties.map(([name, field]) => [name, sampleOf(asFields(field), depth - 1)]),
  );
}

function asFields(value: Json | undefined): Fields {
  const isFields = typeof value === "object" && value !== null && !isList(value);
  return isFields ? value : {};
}

function asList(value: Json | undefined): readonly Json[] {
  return value !== undefined && isList(value) ? value : [];
}

/** `Array.isArray` does not narrow a read-only array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
