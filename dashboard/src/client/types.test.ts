import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { WireEvent } from "./types";

/** Every type of event, by the compiler's word: one too few or too many does not compile. */
const TYPES = {
  "workflow.run.created": true,
  "workflow.run.migrated": true,
  "workflow.run.started": true,
  "workflow.run.resumed": true,
  "workflow.run.waiting": true,
  "workflow.run.paused": true,
  "workflow.run.cancelling": true,
  "workflow.run.completed": true,
  "workflow.run.failed": true,
  "workflow.run.cancelled": true,
  "workflow.node.started": true,
  "workflow.node.progress": true,
  "workflow.node.attempt_failed": true,
  "workflow.node.retrying": true,
  "workflow.node.waiting": true,
  "workflow.task.created": true,
  "workflow.task.completed": true,
  "workflow.timer.fired": true,
  "workflow.signal.received": true,
  "workflow.node.completed": true,
  "workflow.node.failed": true,
  "workflow.node.skipped": true,
  "workflow.node.cancelled": true,
  "workflow.edge.decided": true,
  "workflow.log": true,
  "workflow.custom": true,
  "workflow.breakpoints.set": true,
  "workflow.breakpoint.hit": true,
  "workflow.node.paused": true,
  "workflow.node.released": true,
  "workflow.run.continued": true,
  "workflow.stepping.begun": true,
  "workflow.state.edited": true,
  "workflow.node.token": true,
} satisfies Record<WireEvent["type"], true>;

interface Schema {
  readonly $defs: Readonly<Record<string, { properties?: { type?: { const?: string } } }>>;
}

test("the server says every type that the page knows", () => {
  const file = new URL("../../../docs/reference/event.schema.json", import.meta.url);
  const schema = JSON.parse(readFileSync(file, "utf8")) as Schema;
  const names = Object.values(schema.$defs).map((one) => one.properties?.type?.const);
  const said = names.filter((name) => name !== undefined);
  expect(said).toEqual(expect.arrayContaining(Object.keys(TYPES)));
});
