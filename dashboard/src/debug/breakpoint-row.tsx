/** One breakpoint: on or off, when it stops, and whether it is kept with the workflow. */

import { useMutation } from "@tanstack/react-query";
import { use, useId } from "react";
import { refusalOf } from "../parts/refusal";
import { useDraft } from "../parts/use-draft";
import { useRunPart } from "../run/store";
import type { Breakpoint } from "../client/types";
import { BreakpointsContext } from "./breakpoints-context";
import { KeptToggle } from "./kept-toggle";

export interface BreakpointRowProps {
  readonly breakpoint: Breakpoint;
  /** What it is about, as far as that is not said around it. */
  readonly title: string;
}

export function BreakpointRow({ breakpoint, title }: BreakpointRowProps) {
  const { actions, keeper } = use(BreakpointsContext);
  const matches = useRunPart(({ debug }) => debug.matches.get(breakpoint.id) ?? 0, 0);
  const change = useMutation({
    mutationFn: async (wish: Breakpoint | null) => {
      await (wish === null ? actions?.remove(breakpoint.id) : actions?.put(wish));
    },
  });
  const refusal = refusalOf(change.error);
  return (
    <li className="break-row">
      <div className="flex min-w-0 items-center gap-2">
        <label className="flex min-w-0 flex-1 items-center gap-2 font-medium">
          <input
            type="checkbox"
            checked={breakpoint.is_enabled}
            disabled={actions === null}
            onChange={({ target }) => {
              change.mutate({ ...breakpoint, is_enabled: target.checked });
            }}
          />
          <span className="truncate">{title}</span>
        </label>
        {matches > 0 && <span className="text-muted">matched ×{matches}</span>}
        {actions !== null && (
          <button
            type="button"
            className="button button-quiet button-small"
            aria-label={`Remove the breakpoint: ${title}`}
            onClick={() => {
              change.mutate(null);
            }}
          >
            Remove
          </button>
        )}
      </div>
      <div className="break-limits">
        <LimitField
          label="If"
          value={breakpoint.condition ?? ""}
          placeholder="always"
          problems={refusal.at("/condition")}
          onSet={(text) => {
            change.mutate({ ...breakpoint, condition: text === "" ? null : text });
          }}
        />
        <LimitField
          label="From match"
          value={String(breakpoint.hits)}
          isNumber
          problems={refusal.at("/hits")}
          onSet={(text) => {
            change.mutate({ ...breakpoint, hits: Number(text) });
          }}
        />
      </div>
      {keeper !== null && <KeptToggle workflowId={keeper} breakpoint={breakpoint} />}
      {refusal.elsewhere("/condition", "/hits").map((detail) => (
        <p key={detail} role="alert" className="text-failed">
          {detail}
        </p>
      ))}
    </li>
  );
}

interface LimitFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly isNumber?: boolean;
  readonly problems: readonly string[];
  readonly onSet: (text: string) => void;
}

/** What is typed counts when the field is left, or with Enter. */
function LimitField({ label, value, placeholder, isNumber = false, problems, onSet }: LimitFieldProps) {
  const { actions } = use(BreakpointsContext);
  const draft = useDraft(value);
  const id = useId();
  const commit = () => {
    if (draft.isDirty) onSet(draft.text.trim());
  };
  return (
    <div className={isNumber ? "w-24 shrink-0" : "min-w-0 flex-1"}>
      <label htmlFor={id} className="text-muted">
        {label}
      </label>
      <input
        id={id}
        className={`field ${isNumber ? "" : "font-mono"}`}
        {...(isNumber ? { inputMode: "numeric" as const } : { spellCheck: false, placeholder })}
        disabled={actions === null}
        value={draft.text}
        aria-invalid={problems.length > 0}
        aria-describedby={`${id}-words`}
        onChange={({ target }) => {
          draft.type(target.value);
        }}
        onBlur={commit}
        onKeyDown={({ key }) => {
          if (key === "Enter") commit();
        }}
      />
      <div id={`${id}-words`}>
        {problems.map((problem) => (
          <p key={problem} role="alert" className="text-failed">
            {problem}
          </p>
        ))}
      </div>
    </div>
  );
}
