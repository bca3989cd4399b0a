/** The words on an edge, and how much room they take. */

import type { GraphEdge } from "../client/types";

const LONGEST_LINE = 30;
const SHORTEST_LINE = 8;
const MOST_LINES = 3;
const CHARACTER_WIDTH = 6.7;
const LINE_HEIGHT = 15;
/** Around the words, and for the mark that says whether the edge was taken. */
const PADDING = { x: 30, y: 6 } as const;

/** Where a name that is longer than a line is taken apart. */
const BREAKS = /(?<=[.,()[\]_])/;

/** The words on an edge: its own label, or what it is taken for. */
export function edgeLabel(edge: GraphEdge): string | null {
  if (edge.label) return edge.label;
  if (edge.condition) return edge.condition;
  if (edge.kind === "error") return "on error";
  if (edge.kind === "default") return "otherwise";
  return edge.handle;
}

/** The label in lines, no wider than `room` where little is left of its edge. */
export function labelLines(label: string, room = Infinity): readonly string[] {
  const most = Math.floor((room - PADDING.x) / CHARACTER_WIDTH);
  const widest = Math.max(SHORTEST_LINE, Math.min(LONGEST_LINE, most));
  const lines = wrapped(label, widest);
  if (lines.length <= MOST_LINES) return lines;
  const last = (lines[MOST_LINES - 1] ?? "").slice(0, widest - 1);
  return [...lines.slice(0, MOST_LINES - 1), `${last}…`];
}

export function labelSize(label: string): { readonly width: number; readonly height: number } {
  const lines = labelLines(label);
  const longest = Math.max(...lines.map((line) => line.length));
  return {
    width: longest * CHARACTER_WIDTH + PADDING.x,
    height: lines.length * LINE_HEIGHT + PADDING.y,
  };
}

function wrapped(text: string, widest: number): string[] {
  const words = text.trim().split(/\s+/).map((word) => `${word} `);
  const lines: string[] = [""];
  for (const piece of words.flatMap((word) => pieces(word, widest))) {
    const line = lines.at(-1) ?? "";
    if ((line + piece).trimEnd().length <= widest) lines[lines.length - 1] = line + piece;
    else lines.push(piece);
  }
  return lines.map((line) => line.trimEnd());
}

function pieces(word: string, widest: number): string[] {
  if (word.trimEnd().length <= widest) return [word];
  return word.split(BREAKS).flatMap((part) => cut(part, widest));
}

function cut(part: string, widest: number): string[] {
  if (part.trimEnd().length <= widest) return [part];
  return [part.slice(0, widest), ...cut(part.slice(widest), widest)];
}
