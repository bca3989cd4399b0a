/** The variables of a run as a stopped visit sees them; only those that are changed are sent. */

import type { Json } from "../client/types";
import { changedVariables } from "./changed-variables";
import { ValueEditor } from "./value-editor";

export interface VariablesEditorProps {
  readonly values: Readonly<Record<string, Json>>;
  readonly onSend: (changed: Readonly<Record<string, Json>>) => Promise<unknown>;
}

export function VariablesEditor({ values, onSend }: VariablesEditorProps) {
  if (Object.keys(values).length === 0) return null;
  return (
    <ValueEditor
      label="Variables"
      value={values}
      word="Apply the variables"
      onSend={async (typed) => onSend(changedVariables(values, typed))}
    />
  );
}
