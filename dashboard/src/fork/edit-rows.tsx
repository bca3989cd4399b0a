/** The lines of the form in which somebody says what is to be otherwise in a fork. */

import { JsonField } from "../parts/json-field";
import type { RunView } from "../run/view";
import type { Graph } from "../client/types";
import { newRow, withNode, type EditRow, type EditTarget } from "./fork-edits";

export interface EditRowsProps {
  readonly rows: readonly EditRow[];
  readonly run: RunView;
  readonly graph: Graph;
  readonly onChange: (rows: readonly EditRow[]) => void;
  readonly problemsOf: (key: number) => readonly string[];
}

export function EditRows({ rows, run, graph, onChange, problemsOf }: EditRowsProps) {
  const first = graph.nodes[0];
  return (
    <div className="grid gap-3">
      {rows.map((row) => (
        <Row
          key={row.key}
          row={row}
          run={run}
          graph={graph}
          problems={problemsOf(row.key)}
          onChange={(changed) => {
            onChange(rows.map((one) => (one === row ? changed : one)));
          }}
          onRemove={() => {
            onChange(rows.filter((one) => one !== row));
          }}
        />
      ))}
      {first && (
        <button
          type="button"
          className="button button-small justify-self-start"
          onClick={() => {
            onChange([...rows, newRow(rows, first.id, run)]);
          }}
        >
          Change a node…
        </button>
      )}
    </div>
  );
}

interface RowProps {
  readonly row: EditRow;
  readonly run: RunView;
  readonly graph: Graph;
  readonly problems: readonly string[];
  readonly onChange: (row: EditRow) => void;
  readonly onRemove: () => void;
}

const TARGETS: Readonly<Record<EditTarget, string>> = {
  input: "begins with the input",
  output: "comes to the output",
  variable: "sees the variable",
};

function Row({ row, run, graph, problems, onChange, onRemove }: RowProps) {
  const isInside = graph.nodes.some(({ id, parent }) => id === row.nodeId && parent !== null);
  return (
    <fieldset className="field-group edit-row gap-3 p-3">
      <legend className="sr-only">Change of {row.nodeId}</legend>
      <div className="flex flex-wrap items-center gap-2">
        <select
          className="field"
          aria-label="Node"
          value={row.nodeId}
          onChange={({ target }) => {
            onChange(withNode(row, target.value, run));
          }}
        >
          {graph.nodes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <select
          className="field"
          aria-label="What changes"
          value={row.target}
          onChange={({ target }) => {
            onChange({ ...row, target: target.value as EditTarget, unchanged: null });
          }}
        >
          {Object.entries(TARGETS).map(([target, words]) => (
            <option key={target} value={target}>
              {words}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="button button-quiet button-small ml-auto"
          aria-label={`Remove the change of ${row.nodeId}`}
          onClick={onRemove}
        >
          Remove
        </button>
      </div>
      {isInside && (
        <input
          className="field font-mono"
          aria-label="In which body"
          placeholder="In which body, such as loop[0]"
          value={row.path}
          onChange={({ target }) => {
            onChange({ ...row, path: target.value });
          }}
        />
      )}
      {row.target === "variable" && (
        <input
          className="field font-mono"
          aria-label="Name of the variable"
          placeholder="Name of the variable"
          value={row.name}
          onChange={({ target }) => {
            onChange({ ...row, name: target.value });
          }}
        />
      )}
      <JsonField
        label="Value (JSON)"
        text={row.text}
        hint={row.text === row.unchanged ? "As it was; only what is changed is asked for." : ""}
        problems={problems}
        onType={(text) => {
          onChange({ ...row, text });
        }}
      />
    </fieldset>
  );
}
