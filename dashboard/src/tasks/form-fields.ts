/** Turns the JSON Schema of an answer into fields, and what was typed into them into an answer. */

import type { Json } from "../client/types";

type Schema = Readonly<Record<string, Json>>;

interface AnyField {
  /** Where its value stands in the answer, as a JSON pointer. */
  readonly pointer: string;
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly isRequired: boolean;
}

export interface LeafField extends AnyField {
  readonly kind: "line" | "text" | "number" | "integer" | "choice" | "json";
  readonly initial: string;
  /** Of a choice; what is typed is the place of the value. */
  readonly choices: readonly Choice[];
}

export interface GroupField extends AnyField {
  readonly kind: "group";
  readonly fields: readonly Field[];
}

export interface Choice {
  readonly label: string;
  readonly value: Json;
}

export type Field = LeafField | GroupField;

/** What was typed, by the pointers of the fields. */
export type Typed = Readonly<Record<string, string>>;

export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export interface Reading {
  /** Undefined where nothing was typed. */
  readonly value: Json | undefined;
  readonly problems: readonly FieldProblem[];
}

/** A line is enough for strings that are not longer. */
const LINE_LENGTH = 200;
const DEEPEST_GROUP = 3;
/** What makes more of a schema than a list of fields can show. */
const BEYOND_FIELDS = ["$ref", "anyOf", "oneOf", "allOf", "not", "if", "patternProperties"];

export function fieldOf(form: Schema): Field {
  return asField(form, { pointer: "", key: "answer", isRequired: true }, DEEPEST_GROUP);
}

/** The fields that are shown, without the groups around them. */
export function leavesOf(field: Field): readonly LeafField[] {
  return field.kind === "group" ? field.fields.flatMap(leavesOf) : [field];
}

export function initiallyTyped(field: Field): Typed {
  return Object.fromEntries(leavesOf(field).map(({ pointer, initial }) => [pointer, initial]));
}

export function readAnswer(field: Field, typed: Typed): Reading {
  if (field.kind === "group") return readGroup(field, typed);
  const text = typed[field.pointer] ?? "";
  if (text.trim() !== "") return readLeaf(field, text);
  return field.isRequired ? wrong(field, "An answer is needed here.") : nothing();
}

/** The problems of each field; those that belong to none stand under null. */
export function problemsByField(
  field: Field,
  problems: readonly FieldProblem[],
): ReadonlyMap<string | null, readonly string[]> {
  const found = new Map<string | null, readonly string[]>();
  for (const { pointer, detail } of problems) {
    const owner = ownerOf(leavesOf(field), pointer);
    found.set(owner, [...(found.get(owner) ?? []), detail]);
  }
  return found;
}

interface At {
  readonly pointer: string;
  readonly key: string;
  readonly isRequired: boolean;
}

function asField(schema: Schema, at: At, depth: number): Field {
  const common = {
    ...at,
    label: textOf(schema.title) || (at.pointer === "" ? "Answer" : at.key),
    hint: textOf(schema.description),
  };
  if (isGroup(schema) && depth > 0) {
    return { ...common, kind: "group", fields: fieldsOf(schema, at.pointer, depth - 1) };
  }
  const kind = kindOf(schema);
  const choices = kind === "choice" ? choicesOf(schema) : [];
  return { ...common, kind, choices, initial: initialOf(schema.default, kind, choices) };
}

function isGroup(schema: Schema): boolean {
  const isPlain = BEYOND_FIELDS.every((key) => schema[key] === undefined);
  const isObject = schema.type === undefined || schema.type === "object";
  return isPlain && isObject && Object.keys(asSchema(schema.properties)).length > 0;
}

function fieldsOf(schema: Schema, pointer: string, depth: number): Field[] {
  const required = isList(schema.required) ? schema.required : [];
  return Object.entries(asSchema(schema.properties)).map(([key, part]) => {
    const at = { pointer: `${pointer}/${escaped(key)}`, key, isRequired: required.includes(key) };
    return asField(asSchema(part), at, depth);
  });
}

function kindOf(schema: Schema): LeafField["kind"] {
  if (BEYOND_FIELDS.some((key) => schema[key] !== undefined)) return "json";
  if (isList(schema.enum) || schema.type === "boolean") return "choice";
  switch (schema.type) {
    case "string": {
      const { maxLength } = schema;
      return typeof maxLength === "number" && maxLength <= LINE_LENGTH ? "line" : "text";
    }
    case "number":
    case "integer":
      return schema.type;
    default:
      return "json";
  }
}

function choicesOf(schema: Schema): readonly Choice[] {
  if (!isList(schema.enum)) return [
    { label: "Yes", value: true },
    { label: "No", value: false },
  ];
  return schema.enum.map((value) => ({
    label: typeof value === "string" ? value : JSON.stringify(value),
    value,
  }));
}

function initialOf(
  given: Json | undefined,
  kind: LeafField["kind"],
  choices: readonly Choice[],
): string {
  if (given === undefined) return "";
  if (kind === "choice") {
    const place = choices.findIndex(({ value }) => JSON.stringify(value) === JSON.stringify(given));
    return place === -1 ? "" : String(place);
  }
  return typeof given === "string" && kind !== "json" ? given : JSON.stringify(given, null, 2);
}

function readGroup(group: GroupField, typed: Typed): Reading {
  const isLeftOut = !group.isRequired && leavesOf(group).every(({ pointer }) => !typed[pointer]?.trim());
  if (isLeftOut) return nothing();
  const readings = group.fields.map((field) => ({ key: field.key, ...readAnswer(field, typed) }));
  const given = readings.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]));
  return {
    value: Object.fromEntries(given) as Json,
    problems: readings.flatMap(({ problems }) => problems),
  };
}

function readLeaf(field: LeafField, text: string): Reading {
  switch (field.kind) {
    case "line":
    case "text":
      return { value: text, problems: [] };
    case "choice":
      return { value: field.choices[Number(text)]?.value, problems: [] };
    case "number":
    case "integer":
      return readNumber(field, text);
    case "json":
      return readJson(field, text);
  }
}

function readNumber(field: LeafField, text: string): Reading {
  const value = Number(text);
  if (!Number.isFinite(value)) return wrong(field, "This is not a number.");
  if (field.kind === "integer" && !Number.isInteger(value)) {
    return wrong(field, "This is not a whole number.");
  }
  return { value, problems: [] };
}

function readJson(field: LeafField, text: string): Reading {
  try {
    return { value: JSON.parse(text) as Json, problems: [] };
  } catch (error) {
    if (error instanceof SyntaxError) return wrong(field, `Not JSON: ${error.message}`);
    throw error;
  }
}

function wrong({ pointer }: LeafField, detail: string): Reading {
  return { value: undefined, problems: [{ pointer, detail }] };
}

function nothing(): Reading {
  return { value: undefined, problems: [] };
}

/** The field with this pointer, or the one whose value has it inside. */
function ownerOf(leaves: readonly LeafField[], pointer: string): string | null {
  const owner = leaves.find(
    (leaf) => leaf.pointer === pointer || pointer.startsWith(`${leaf.pointer}/`),
  );
  return owner?.pointer ?? null;
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function asSchema(value: Json | undefined): Schema {
  return typeof value === "object" && value !== null && !isList(value) ? value : {};
}

/** `Array.isArray` does not narrow a read-only array. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
