/** Reads what somebody typed as a run's input. */

import type { Json } from "../client/types";

export type Reading =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string };

export function readJson(text: string): Reading {
  try {
    const value = JSON.parse(text) as Json;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { ok: true, value } : { ok: false, reason: "The input is an object: { … }." };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, reason: `Not JSON: ${error.message}` };
    throw error;
  }
}
