/** The first page: the workflows, ready to run, and what ran lately. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Ago } from "../parts/elapsed";
import { Empty, Failure, Loading } from "../parts/notice";
import { Shell } from "../parts/shell";
import { Link, useProject, workflowPath } from "../router";
import { useLiveRunLists } from "../run/use-live-run";
import { RunButton } from "../start/run-button";
import { projectPath } from "../wire/projects";
import { workflowsQuery } from "../wire/queries";
import type { WorkflowSummary } from "../client/types";
import { MoreButton } from "./more-button";
import { RunList } from "./run-list";

const RECENT = { limit: 10 } as const;

export function HomePage() {
  useLiveRunLists();
  return (
    <Shell title="Workflows">
      <div className="page page-split">
        <WorkflowSection />
        <section aria-labelledby="recent">
          <div className="section-head">
            <h2 id="recent" className="section-title">
              Recent runs
            </h2>
            <Link to="/runs" className="link text-sm">
              All runs
            </Link>
          </div>
          <RunList filter={RECENT} emptyHint="Press Run beside a workflow to start the first." />
        </section>
      </div>
    </Shell>
  );
}

function WorkflowSection() {
  const [search, setSearch] = useState("");
  return (
    <section aria-labelledby="workflows">
      <div className="section-head">
        <h1 id="workflows" className="page-title">
          Workflows
        </h1>
        <input
          type="search"
          className="field w-44"
          placeholder="Search"
          aria-label="Search workflows by name"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
          }}
        />
      </div>
      <WorkflowList search={useDeferredValue(search.trim())} />
    </section>
  );
}

function WorkflowList({ search }: { readonly search: string }) {
  const workflows = useInfiniteQuery(workflowsQuery(useProject(), search));
  if (workflows.isPending) return <Loading label="workflows" rows={4} />;
  if (workflows.isError) {
    return <Failure error={workflows.error} onRetry={() => void workflows.refetch()} />;
  }
  const items = workflows.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <NoWorkflows search={search} />;
  return (
    <>
      <ul className="list">
        {items.map((workflow) => (
          <WorkflowRow key={workflow.id} workflow={workflow} />
        ))}
      </ul>
      <MoreButton query={workflows} />
    </>
  );
}

function WorkflowRow({ workflow }: { readonly workflow: WorkflowSummary }) {
  return (
    <li className="row row-open">
      <span className="row-words">
        <Link to={workflowPath(workflow.id)} className="row-title row-cover">
          {workflow.name}
        </Link>
        <span className="row-detail">
          <span>v{workflow.version}</span>
          <span>
            updated <Ago at={workflow.updated_at} />
          </span>
        </span>
      </span>
      <span className="relative">
        <RunButton workflowId={workflow.id} name={workflow.name} />
      </span>
    </li>
  );
}

function NoWorkflows({ search }: { readonly search: string }) {
  const project = useProject();
  if (search !== "") return <Empty title={`No workflow is named like “${search}”`} />;
  return (
    <Empty title="No workflows yet">
      Store one with{" "}
      <code className="code">POST /api/v1{projectPath(project)}/workflows</code> and it appears here.
    </Empty>
  );
}
