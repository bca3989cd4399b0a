/** Asks for a run's input, starts the run and goes to it. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { DebugOptions } from "../debug/debug-options";
import { Dialog } from "../parts/dialog";
import { JsonField } from "../parts/json-field";
import { Failure, Loading } from "../parts/notice";
import { navigate, runPath, useProject } from "../router";
import { ApiError } from "../client/http";
import { startRun, workflowQuery, type RunWish } from "../wire/queries";
import type { DebugWish, Json, Workflow } from "../client/types";
import { newKey } from "./new-key";
import { readJson } from "./read-json";
import { sampleInput } from "./sample-input";

export interface StartRunDialogProps {
  readonly workflowId: string;
  readonly name: string;
  readonly debug?: DebugWish;
  readonly before?: string;
  readonly onClose: () => void;
}

export function StartRunDialog({ workflowId, name, ...given }: StartRunDialogProps) {
  const workflow = useQuery(workflowQuery(useProject(), workflowId));
  return (
    <Dialog title={`Run ${name}`} onClose={given.onClose}>
      {workflow.isPending && <Loading label="the workflow" />}
      {workflow.isError && <Failure error={workflow.error} />}
      {workflow.data && <InputForm workflow={workflow.data} {...given} />}
    </Dialog>
  );
}

interface InputFormProps extends Pick<StartRunDialogProps, "debug" | "before" | "onClose"> {
  readonly workflow: Workflow;
}

function InputForm({ workflow, onClose, before, ...given }: InputFormProps) {
  const sample = useMemo(
    () => JSON.stringify(sampleInput(workflow.definition), null, 2),
    [workflow.definition],
  );
  const [text, setText] = useState(sample);
  const [debug, setDebug] = useState(given.debug ?? PLAIN);
  const start = useStart(workflow.id);
  const input = readJson(text);
  const send = () => {
    if (input.ok) start.mutate(wishOf(input.value, debug));
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <JsonField
        label="Input (JSON)"
        text={text}
        hint={`Version ${workflow.version}. Press Start to run it at once.`}
        problems={input.ok ? [] : [input.reason]}
        onType={setText}
        onSend={send}
        isFocused
      />
      <DebugOptions
        workflowId={workflow.id}
        before={before}
        wish={debug}
        onChange={setDebug}
      />
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

const PLAIN: DebugWish = {};

/** A run of which nothing is debugged is a plain one. */
function wishOf(input: Json, debug: DebugWish): RunWish {
  return Object.values(debug).some(Boolean) ? { input, debug } : { input };
}

/** The key stays the same for the same wish, so that a retry after a cut starts nothing twice. */
function useStart(workflowId: string) {
  const project = useProject();
  const last = useRef({ body: "", key: "" });
  return useMutation({
    mutationFn: (wish: RunWish) => {
      const body = JSON.stringify(wish);
      if (last.current.body !== body) last.current = { body, key: newKey() };
      return startRun(project, workflowId, wish, last.current.key);
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
