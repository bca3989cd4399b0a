/** How a run that is about to begin is debugged. */

import { useQuery } from "@tanstack/react-query";
import { useProject } from "../router";
import { keptQuery } from "../wire/debugging";
import type { DebugWish } from "../client/types";

export interface DebugOptionsProps {
  readonly workflowId: string;
  /** The run that was here before. */
  readonly before?: string | undefined;
  readonly wish: DebugWish;
  readonly onChange: (wish: DebugWish) => void;
}

export function DebugOptions({ workflowId, before, wish, onChange }: DebugOptionsProps) {
  const kept = useQuery(keptQuery(useProject(), workflowId)).data?.length ?? 0;
  return (
    <fieldset className="field-group options">
      <legend>Debug</legend>
      <Option
        label="Stop before the first node"
        isOn={wish.stepping ?? false}
        onChange={(isOn) => {
          onChange({ ...wish, stepping: isOn });
        }}
      />
      {kept > 0 && (
        <Option
          label={`Stop at the ${kept === 1 ? "breakpoint that is" : `${kept} breakpoints that are`} kept with the workflow`}
          isOn={wish.kept_breakpoints ?? false}
          onChange={(isOn) => {
            onChange({ ...wish, kept_breakpoints: isOn });
          }}
        />
      )}
      {before !== undefined && (
        <Option
          label="What touches the world comes to what it came to in this run"
          isOn={wish.pins_from === before}
          onChange={(isOn) => {
            onChange({ ...wish, pins_from: isOn ? before : null });
          }}
        />
      )}
    </fieldset>
  );
}

export interface OptionProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

export function Option({ label, isOn, onChange }: OptionProps) {
  return (
    <label className="flex items-baseline gap-2 text-sm">
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ target }) => {
          onChange(target.checked);
        }}
      />
      {label}
    </label>
  );
}
