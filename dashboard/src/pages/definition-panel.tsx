/** What the definition says about one node. */

import { NodeBreakpoints } from "../debug/node-breakpoints";
import { JsonBlock } from "../parts/json-block";
import { PanelHead } from "../parts/panel-head";
import { setQuery } from "../router";
import type { Json, Workflow } from "../client/types";

export interface DefinitionPanelProps {
  readonly workflow: Workflow;
  readonly nodeId: string;
}

export function DefinitionPanel({ workflow, nodeId }: DefinitionPanelProps) {
  const node = nodeOf(workflow, nodeId);
  const problems = workflow.problems.filter((problem) => problem.node_id === nodeId);
  return (
    <>
      <PanelHead
        key={nodeId}
        title={textOf(node?.name) ?? nodeId}
        detail={textOf(node?.type) ?? "node"}
        onClose={() => {
          setQuery("node", null);
        }}
        nodeId={nodeId}
      />
      <div className="panel-body">
        {problems.map((problem) => (
          <div key={problem.code} className="notice notice-warning text-sm">
            <p>{problem.detail}</p>
            {problem.hint && <p className="text-muted">{problem.hint}</p>}
          </div>
        ))}
        {node && <NodeBreakpoints key={nodeId} nodeId={nodeId} />}
        {node ? (
          <JsonBlock label="Definition" value={node} />
        ) : (
          <p className="text-sm text-muted">This version has no node {nodeId}.</p>
        )}
      </div>
    </>
  );
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

type Fields = Readonly<Record<string, Json>>;

function nodeOf({ definition }: Workflow, nodeId: string): Fields | null {
  const nodes = (definition.nodes ?? []) as readonly Fields[];
  return nodes.find((node) => node.id === nodeId) ?? null;
}
