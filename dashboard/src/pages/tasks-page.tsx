/** The task inbox: what waits for an answer, and below it what is over. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { Ago } from "../parts/elapsed";
import { Empty, Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { StatusPill } from "../parts/status";
import { momentWords } from "../parts/time-words";
import { Link, setQuery, taskPath, useLocation, useProject } from "../router";
import { useLiveTasks } from "../run/use-live-run";
import { tasksQuery, type TaskFilter } from "../wire/queries";
import type { Task } from "../client/types";
import { MoreButton } from "./more-button";

export function TasksPage() {
  useLiveTasks();
  const { query } = useLocation();
  const assignee = query.get("assignee") ?? "";
  const wanted = useDeferredValue(assignee.trim());
  const filter = wanted === "" ? {} : { assignee: wanted };
  return (
    <Shell title="Tasks">
      <div className="page max-w-4xl">
        <div className="section-head">
          <h1 className="page-title">Tasks</h1>
          <input
            type="search"
            className="field w-44"
            placeholder="Asked of"
            aria-label="Only tasks of this person"
            value={assignee}
            onChange={(event) => {
              setQuery("assignee", event.target.value || null);
            }}
          />
        </div>
        <TaskList
          filter={{ ...filter, status: "open" }}
          isShown={isOpen}
          label="Open tasks"
          emptyTitle="Nobody waits for an answer"
        />
        <h2 className="section-title mt-10 mb-4">Over</h2>
        <TaskList
          filter={filter}
          isShown={isOver}
          label="Tasks that are over"
          emptyTitle="Nothing yet"
        />
      </div>
    </Shell>
  );
}

function isOpen({ status }: Task): boolean {
  return status === "open";
}

function isOver(task: Task): boolean {
  return !isOpen(task);
}

interface TaskListProps {
  readonly filter: TaskFilter;
  readonly isShown: (task: Task) => boolean;
  readonly label: string;
  readonly emptyTitle: string;
}

function TaskList({ filter, isShown, label, emptyTitle }: TaskListProps) {
  const tasks = useInfiniteQuery(tasksQuery(useProject(), filter));
  if (tasks.isPending) return <Loading label={label} />;
  if (tasks.isError) return <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />;
  const items = tasks.data.pages.flatMap((page) => page.items.filter(isShown));
  return (
    <>
      {items.length === 0 && <Empty title={emptyTitle} />}
      {items.length > 0 && (
        <ul className="list" aria-label={label}>
          {items.map((task) => (
            <li key={task.id}>
              <TaskRow task={task} />
            </li>
          ))}
        </ul>
      )}
      <MoreButton query={tasks} />
    </>
  );
}

function TaskRow({ task }: { readonly task: Task }) {
  return (
    <Link to={taskPath(task.id)} className="row">
      <span className="row-status">
        <StatusPill status={task.status} />
      </span>
      <span className="row-words">
        <span className="row-title">{task.prompt}</span>
        <span className="row-detail">
          <span>{task.node_id}</span>
          <span>
            asked{task.assignee === null ? "" : ` of ${task.assignee}`} <Ago at={task.created_at} />
          </span>
          {task.status === "open" && task.due_at !== null && <span>due {momentWords(task.due_at)}</span>}
          {task.answered_by !== null && <span>answered by {task.answered_by}</span>}
        </span>
      </span>
    </Link>
  );
}
