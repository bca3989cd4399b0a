/** The form of an open task, made from its schema. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiError } from "../client/http";
import { useProject } from "../router";
import { completeTask, taskQuery } from "../wire/queries";
import type { Json, Task } from "../client/types";
import { AnyFieldView } from "./field-view";
import { fieldOf, initiallyTyped, problemsByField, readAnswer, type FieldProblem } from "./form-fields";
import { keepName, keptName } from "./name";

const NO_PROBLEMS: readonly FieldProblem[] = [];

export function AnswerForm({ task }: { readonly task: Task }) {
  const field = useMemo(() => fieldOf(task.form), [task.form]);
  const [typed, setTyped] = useState(() => initiallyTyped(field));
  const [unread, setUnread] = useState(NO_PROBLEMS);
  const [name, setName] = useState(keptName);
  const nameId = useId();
  const form = useRef<HTMLFormElement>(null);
  const answer = useAnswer(task.id);
  const problems = unread.length > 0 ? unread : refusedFor(answer.error);
  const byField = problemsByField(field, problems);

  useEffect(() => {
    if (problems.length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problems]);

  return (
    <form
      ref={form}
      className="grid gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const { value, problems: found } = readAnswer(field, typed);
        setUnread(found);
        if (found.length > 0 || value === undefined) return;
        keepName(name.trim());
        answer.mutate({ value, by: name.trim() });
      }}
    >
      <AnyFieldView
        field={field}
        typed={typed}
        problems={byField}
        onType={(pointer, text) => {
          setTyped((before) => ({ ...before, [pointer]: text }));
        }}
      />
      <div className="grid gap-1.5">
        <label htmlFor={nameId} className="text-sm font-medium">
          Your name <span className="font-normal text-muted">(optional, kept in the log)</span>
        </label>
        <input
          id={nameId}
          className="field"
          autoComplete="name"
          maxLength={200}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </div>
      <Refusal
        details={byField.get(null) ?? []}
        error={unread.length === 0 && problems.length === 0 ? answer.error : null}
        count={problems.length}
      />
      <div className="flex justify-end">
        <button type="submit" className="button button-primary" disabled={answer.isPending}>
          {answer.isPending ? "Sending…" : "Send the answer"}
        </button>
      </div>
    </form>
  );
}

function useAnswer(taskId: string) {
  const project = useProject();
  const queries = useQueryClient();
  const { queryKey } = taskQuery(project, taskId);
  return useMutation({
    mutationFn: ({ value, by }: { value: Json; by: string }) =>
      completeTask(project, taskId, value, by),
    onSuccess: (task) => {
      queries.setQueryData(queryKey, task);
      void queries.invalidateQueries({ queryKey: ["tasks"] });
    },
    onError: (error) => {
      // Somebody was faster, or the time is up: the task itself says what became of it.
      if (error instanceof ApiError && error.status === 409) {
        void queries.invalidateQueries({ queryKey });
      }
    },
  });
}

function refusedFor(error: Error | null): readonly FieldProblem[] {
  return error instanceof ApiError && error.status === 422 ? error.problems : NO_PROBLEMS;
}

interface RefusalProps {
  readonly details: readonly string[];
  readonly error: Error | null;
  readonly count: number;
}

/** What is wrong as a whole; what is wrong with a field stands there. */
function Refusal({ details, error, count }: RefusalProps) {
  if (error === null && count === 0) return null;
  return (
    <div role="alert" className="notice notice-failure text-sm">
      <p className="font-medium">The answer was not sent</p>
      {error !== null && <p className="text-muted">{error.message}</p>}
      {count > details.length && <p className="text-muted">See the fields that are marked.</p>}
      {details.map((detail) => (
        <p key={detail} className="text-muted">
          {detail}
        </p>
      ))}
    </div>
  );
}
