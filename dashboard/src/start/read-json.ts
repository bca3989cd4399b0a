/** Reads what somebody typed as JSON. */

import type { Json } from "../client/types";

export type Reading =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string };

/** Any value. */
export function readValue(text: string): Reading {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, reason: `Not JSON: ${error.message}` };
    throw error;
  }
}

/** A run's input. */
export function readJson(text: string): Reading {
  const reading = readValue(text);
  if (!reading.ok) return reading;
  const { value } = reading;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? reading : { ok: false, reason: "The input is an object: { … }." };
}
