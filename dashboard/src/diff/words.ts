/** Differences in words. */

import { spanWords } from "../parts/time-words";
import type { ComparedVisit, Difference, VisitSide } from "../client/types";
import type { Json } from "../client/types";

const LONGEST = 200;

export function visitName({ node_id: id, path, visit }: ComparedVisit): string {
  const name = path === "" ? id : `${path}.${id}`;
  return visit > 1 ? `${name} #${visit}` : name;
}

export function sideWords(side: VisitSide | null): string {
  if (side === null) return "did not take place";
  const parts: string[] = [side.status];
  if (side.attempt > 1) parts.push(`attempt ${side.attempt}`);
  if (side.seconds !== null) parts.push(spanWords(side.seconds * 1_000));
  if (side.usage !== null) parts.push(`${side.usage.total_tokens.toLocaleString()} tokens`);
  if (side.status === "failed" && side.error) parts.push(side.error.message);
  return parts.join(" · ");
}

/** The edges that one side took and the other did not. */
export function edgesOnlyIn(side: VisitSide | null, other: VisitSide | null): readonly string[] {
  const known = new Set(other?.taken ?? []);
  return (side?.taken ?? []).filter((edge) => !known.has(edge));
}

export function valueWords(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export function placeWords({ pointer }: Difference): string {
  return pointer === "" ? "all of it" : pointer;
}
