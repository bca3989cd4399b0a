/** What is to be otherwise in a fork, as it is typed and as it is asked for. */

import { readValue } from "../start/read-json";
import { latestVisit, type RunView } from "../run/view";
import type { Json } from "../client/types";
import type { Edits, ForkWish } from "../wire/debugging";
import type { Leave } from "./fork-button";

export type EditTarget = "input" | "output" | "variable";

/** One line of the form. */
export interface EditRow {
  readonly key: number;
  readonly nodeId: string;
  /** The item inside of containers. */
  readonly path: string;
  /** Undefined for the next visit of the node. */
  readonly visit: number | undefined;
  readonly target: EditTarget;
  /** The variable's. */
  readonly name: string;
  readonly text: string;
  /** What it is without being changed: such a row asks for nothing. */
  readonly unchanged: string | null;
}

export interface ReadRows {
  readonly edits: ForkWish["edits"];
  /** Which rows the edits come from, in their order. */
  readonly keys: readonly number[];
  readonly problems: ReadonlyMap<number, string>;
}

export function readRows(rows: readonly EditRow[]): ReadRows {
  const asked = rows.filter(({ text, unchanged }) => text !== unchanged);
  const problems = new Map<number, string>();
  const edits = asked.flatMap((row) => {
    const reading = readValue(row.text);
    if (!reading.ok) problems.set(row.key, reading.reason);
    else if (row.target === "variable" && row.name === "") problems.set(row.key, "Name the variable.");
    return reading.ok ? [editOf(row, reading.value)] : [];
  });
  return { edits, keys: asked.map(({ key }) => key), problems };
}

function editOf(row: EditRow, value: Json): ForkWish["edits"][number] {
  const place = {
    node_id: row.nodeId,
    ...(row.path === "" ? {} : { path: row.path }),
    ...(row.visit === undefined ? {} : { visit: row.visit }),
  };
  return { ...place, ...changeOf(row, value) };
}

function changeOf({ target, name }: EditRow, value: Json): Edits {
  switch (target) {
    case "input":
      return { input: value };
    case "output":
      return { output: value };
    case "variable":
      return { variables: { [name]: value } };
  }
}

/** A fork before a visit begins with what that visit began with. */
export function firstRows(run: RunView, leave: Leave): readonly EditRow[] {
  if ("seq" in leave) return [];
  const { node_id: nodeId, path, visit } = leave.before;
  const visits = run.nodes.get(nodeId)?.visits;
  const input = visits?.find((one) => one.path === path && one.visit === visit)?.input;
  return [{ ...newRow([], nodeId, run), path, visit, ...valueOf(input) }];
}

/** One more row, about the next visit of a node. */
export function newRow(rows: readonly EditRow[], nodeId: string, run: RunView): EditRow {
  const key = 1 + Math.max(0, ...rows.map((row) => row.key));
  const nothing = { path: "", visit: undefined, name: "", text: "", unchanged: null };
  return withNode({ key, nodeId, target: "input", ...nothing }, nodeId, run);
}

/** The same about another node: an input begins with the one that it had last. */
export function withNode(row: EditRow, nodeId: string, run: RunView): EditRow {
  const last = latestVisit(run.nodes.get(nodeId));
  const value = row.target === "input" ? valueOf(last?.input ?? undefined) : {};
  return { ...row, nodeId, path: last?.path ?? "", visit: undefined, ...value };
}

function valueOf(input: Json | undefined): Pick<EditRow, "text" | "unchanged"> {
  const text = input === undefined ? "" : JSON.stringify(input, null, 2);
  return { text, unchanged: text };
}
