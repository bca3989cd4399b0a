/** Asks for a run's input, starts the run and goes to it. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useMemo, useRef, useState } from "react";
import { Dialog } from "../parts/dialog";
import { Failure, Loading } from "../parts/notice";
import { navigate, runPath } from "../router";
import { ApiError } from "../client/http";
import { startRun, workflowQuery } from "../wire/queries";
import type { Json, Workflow } from "../client/types";
import { newKey } from "./new-key";
import { readJson } from "./read-json";
import { sampleInput } from "./sample-input";

export interface StartRunDialogProps {
  readonly workflowId: string;
  readonly name: string;
  readonly onClose: () => void;
}

export function StartRunDialog({ workflowId, name, onClose }: StartRunDialogProps) {
  const workflow = useQuery(workflowQuery(workflowId));
  return (
    <Dialog title={`Run ${name}`} onClose={onClose}>
      {workflow.isPending && <Loading label="the workflow" />}
      {workflow.isError && <Failure error={workflow.error} />}
      {workflow.data && <InputForm workflow={workflow.data} onClose={onClose} />}
    </Dialog>
  );
}

interface InputFormProps {
  readonly workflow: Workflow;
  readonly onClose: () => void;
}

function InputForm({ workflow, onClose }: InputFormProps) {
  const sample = useMemo(
    () => JSON.stringify(sampleInput(workflow.definition), null, 2),
    [workflow.definition],
  );
  const [text, setText] = useState(sample);
  const fieldId = useId();
  const hintId = useId();
  const start = useStart(workflow.id);
  const input = readJson(text);
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (input.ok) start.mutate(input.value);
      }}
    >
      <div className="grid gap-1.5">
        <label htmlFor={fieldId} className="text-sm font-medium">
          Input (JSON)
        </label>
        <textarea
          id={fieldId}
          className="field min-h-44 font-mono text-[13px]"
          spellCheck={false}
          autoFocus
          value={text}
          rows={Math.min(18, text.split("\n").length + 1)}
          aria-invalid={!input.ok}
          aria-describedby={hintId}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <p id={hintId} className={`text-xs ${input.ok ? "text-muted" : "text-failed"}`}>
          {input.ok ? `Version ${workflow.version}. Press Start to run it at once.` : input.reason}
        </p>
      </div>
      {start.isError && <Refusal error={start.error} />}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
        <button
          type="submit"
          className="button button-primary"
          disabled={!input.ok || start.isPending}
        >
          {start.isPending ? "Starting…" : "Start run"}
        </button>
      </div>
    </form>
  );
}

/** The key stays the same for the same input, so that a retry after a cut starts nothing twice. */
function useStart(workflowId: string) {
  const last = useRef({ body: "", key: "" });
  return useMutation({
    mutationFn: (input: Json) => {
      const body = JSON.stringify(input);
      if (last.current.body !== body) last.current = { body, key: newKey() };
      return startRun(workflowId, input, last.current.key);
    },
    onSuccess: (run) => {
      navigate(runPath(run.id));
    },
  });
}

function Refusal({ error }: { readonly error: Error }) {
  const problems = error instanceof ApiError ? error.problems : [];
  return (
    <div role="alert" className="notice notice-failure text-sm">
      <p className="font-medium">The run was not started</p>
      <p className="text-muted">{error.message}</p>
      {problems.length > 0 && (
        <ul className="mt-2 grid gap-1">
          {problems.map((problem) => (
            <li key={problem.pointer + problem.code}>
              <code className="code">{problem.pointer || "/"}</code> {problem.detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
