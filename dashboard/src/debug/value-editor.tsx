/** A value of a stopped visit that can be changed: nothing is sent before somebody says so. */

import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { JsonField } from "../parts/json-field";
import { refusalOf } from "../parts/refusal";
import { useDraft } from "../parts/use-draft";
import { readValue } from "../start/read-json";
import type { Json } from "../client/types";

export interface ValueEditorProps {
  readonly label: string;
  /** Undefined where there is none yet. */
  readonly value: Json | undefined;
  readonly hint?: string;
  readonly word: string;
  /** Whether it can be sent as it stands. */
  readonly isSentUnchanged?: boolean;
  readonly onSend: (value: Json) => Promise<unknown>;
  readonly children?: ReactNode;
}

export function ValueEditor(props: ValueEditorProps) {
  const { label, value, hint = "", word, isSentUnchanged = false, onSend, children } = props;
  const draft = useDraft(value === undefined ? "" : JSON.stringify(value, null, 2));
  const reading = readValue(draft.text);
  const send = useMutation({ mutationFn: onSend });
  const canSend = reading.ok && (draft.isDirty || isSentUnchanged) && !send.isPending;
  const problems = draft.isDirty && !reading.ok ? [reading.reason] : refusalOf(send.error).all;
  const submit = () => {
    if (canSend) send.mutate(reading.value);
  };
  return (
    <div className="grid gap-2">
      <JsonField
        label={label}
        text={draft.text}
        hint={draft.isDirty && !isSentUnchanged ? "Not applied yet." : hint}
        problems={problems}
        onType={(text) => {
          send.reset();
          draft.type(text);
        }}
        onSend={submit}
      />
      <div className="flex flex-wrap items-center gap-2">
        <button type="button" className="button button-small" disabled={!canSend} onClick={submit}>
          {word}
        </button>
        {draft.isDirty && (
          <button
            type="button"
            className="button button-quiet button-small"
            onClick={() => {
              send.reset();
              draft.reset();
            }}
          >
            Undo
          </button>
        )}
        {children}
      </div>
    </div>
  );
}
