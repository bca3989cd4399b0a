/** One task: what is asked, and its form, or what became of it. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Ago } from "../parts/elapsed";
import { JsonBlock } from "../parts/json-block";
import { Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { StatusPill } from "../parts/status";
import { momentWords } from "../parts/time-words";
import { Link, runPath, useProject } from "../router";
import { useLiveTasks } from "../run/use-live-run";
import { AnswerForm } from "../tasks/answer-form";
import { taskQuery } from "../wire/queries";
import type { Task } from "../client/types";

export function TaskPage({ taskId }: { readonly taskId: string }) {
  useLiveTasks();
  const task = useQuery(taskQuery(useProject(), taskId));
  return (
    <Shell title="Task">
      {task.isPending && <Loading label="the task" />}
      {task.isError && task.data === undefined && <Failure error={task.error} isPage />}
      {task.data && <TaskArticle task={task.data} />}
    </Shell>
  );
}

function TaskArticle({ task }: { readonly task: Task }) {
  const [first] = useState(task.status);
  return (
    <article className="page max-w-2xl">
      <p className="crumbs">
        <Link to="/tasks" className="link">
          Tasks
        </Link>
        <span aria-hidden="true">/</span>
        <span className="id">{task.id}</span>
      </p>
      <h1 className="page-title prompt mt-2">{task.prompt}</h1>
      <p className="row-detail mt-3 mb-6 items-center">
        <StatusPill status={task.status} />
        <Link to={runPath(task.run_id, task.node_id)} className="link">
          {task.path && `${task.path} › `}
          {task.node_id} in its run
        </Link>
        <span>
          asked{task.assignee === null ? "" : ` of ${task.assignee}`} <Ago at={task.created_at} />
        </span>
        {task.status === "open" && task.due_at !== null && <span>due {momentWords(task.due_at)}</span>}
      </p>
      {task.status === "open" ? <AnswerForm task={task} /> : <Outcome task={task} isNews={first === "open"} />}
    </article>
  );
}

interface OutcomeProps {
  readonly task: Task;
  /** It takes the place of the form, and the focus that was in it. */
  readonly isNews: boolean;
}

function Outcome({ task, isNews }: OutcomeProps) {
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isNews) words.current?.focus();
  }, [isNews]);
  return (
    <>
      <p ref={words} tabIndex={-1} role="status" className="mb-4">
        {outcomeWords(task)}
      </p>
      {task.status === "completed" && <JsonBlock label="Answer" value={task.answer} />}
    </>
  );
}

function outcomeWords({ status, answered_by: by }: Task): string {
  switch (status) {
    case "completed":
      return `Answered by ${by ?? "a user"}. The run goes on with it.`;
    case "expired":
      return "Nobody answered in time. The run went on without an answer.";
    case "cancelled":
      return "Nobody needs an answer any more: the run, or this part of it, was stopped.";
    case "open":
      return "";
  }
}
