/** A field for a JSON value, with what is wrong with it. */

import { useId, type KeyboardEvent } from "react";

export interface JsonFieldProps {
  readonly label: string;
  readonly text: string;
  /** What is to be known about the value, as long as nothing is wrong with it. */
  readonly hint?: string;
  readonly problems: readonly string[];
  readonly onType: (text: string) => void;
  /** Ctrl+Enter, as a form would be sent where Enter is a new line. */
  readonly onSend?: () => void;
  readonly isFocused?: boolean;
}

const MOST_ROWS = 18;

export function JsonField(props: JsonFieldProps) {
  const { label, text, hint = "", problems, onType, onSend, isFocused = false } = props;
  const id = useId();
  const isSending = (event: KeyboardEvent) =>
    event.key === "Enter" && (event.ctrlKey || event.metaKey);
  return (
    <div className="grid min-w-0 gap-1.5">
      <label htmlFor={id} className="text-[13px] font-semibold">
        {label}
      </label>
      <textarea
        id={id}
        className="field json-field"
        spellCheck={false}
        autoFocus={isFocused}
        value={text}
        rows={Math.min(MOST_ROWS, text.split("\n").length + 1)}
        aria-invalid={problems.length > 0}
        aria-describedby={`${id}-words`}
        onChange={(event) => {
          onType(event.target.value);
        }}
        onKeyDown={(event) => {
          if (isSending(event)) onSend?.();
        }}
      />
      <div id={`${id}-words`} className="grid gap-0.5 text-xs empty:hidden">
        {problems.map((problem) => (
          <p key={problem} className="text-failed">
            {problem}
          </p>
        ))}
        {problems.length === 0 && hint !== "" && <p className="text-muted">{hint}</p>}
      </div>
    </div>
  );
}
