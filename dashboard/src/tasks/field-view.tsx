/** Draws the fields of an answer, each with its label, its hint and what is wrong with it. */

import { useId } from "react";
import type { Field, GroupField, LeafField, Typed } from "./form-fields";

export interface FieldsProps {
  readonly typed: Typed;
  readonly problems: ReadonlyMap<string | null, readonly string[]>;
  readonly onType: (pointer: string, text: string) => void;
}

export function AnyFieldView({ field, ...props }: FieldsProps & { readonly field: Field }) {
  return field.kind === "group" ? (
    <GroupView group={field} {...props} />
  ) : (
    <LeafView field={field} {...props} />
  );
}

function GroupView({ group, ...props }: FieldsProps & { readonly group: GroupField }) {
  const fields = group.fields.map((field) => (
    <AnyFieldView key={field.pointer} field={field} {...props} />
  ));
  if (group.pointer === "") return fields;
  return (
    <fieldset className="field-group">
      <legend>{group.label}</legend>
      {group.hint !== "" && <p className="text-xs text-muted">{group.hint}</p>}
      {fields}
    </fieldset>
  );
}

function LeafView({ field, typed, problems, onType }: FieldsProps & { readonly field: LeafField }) {
  const id = useId();
  const found = problems.get(field.pointer) ?? [];
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {field.label}
        {!field.isRequired && <span className="font-normal text-muted"> (optional)</span>}
      </label>
      <Control
        field={field}
        id={id}
        text={typed[field.pointer] ?? ""}
        isInvalid={found.length > 0}
        onType={onType}
      />
      <div id={`${id}-words`} className="grid gap-0.5 text-xs empty:hidden">
        {field.hint !== "" && <p className="text-muted">{field.hint}</p>}
        {found.map((detail) => (
          <p key={detail} className="text-failed">
            {detail}
          </p>
        ))}
      </div>
    </div>
  );
}

interface ControlProps {
  readonly field: LeafField;
  readonly id: string;
  readonly text: string;
  readonly isInvalid: boolean;
  readonly onType: (pointer: string, text: string) => void;
}

function Control({ field, id, text, isInvalid, onType }: ControlProps) {
  const common = {
    id,
    value: text,
    "aria-invalid": isInvalid,
    "aria-required": field.isRequired,
    "aria-describedby": `${id}-words`,
    onChange: (event: { readonly target: { readonly value: string } }) => {
      onType(field.pointer, event.target.value);
    },
  };
  switch (field.kind) {
    case "choice":
      return (
        <select {...common} className="field">
          <option value="">{field.isRequired ? "Choose…" : "–"}</option>
          {field.choices.map(({ label }, place) => (
            <option key={label} value={place}>
              {label}
            </option>
          ))}
        </select>
      );
    case "text":
      return <textarea {...common} className="field" rows={3} />;
    case "json":
      return (
        <textarea
          {...common}
          className="field min-h-24 font-mono text-[13px]"
          rows={Math.min(18, text.split("\n").length + 1)}
          placeholder="JSON"
          spellCheck={false}
        />
      );
    case "line":
    case "number":
    case "integer":
      return (
        <input
          {...common}
          className="field"
          inputMode={field.kind === "line" ? "text" : "decimal"}
          autoComplete="off"
        />
      );
  }
}
