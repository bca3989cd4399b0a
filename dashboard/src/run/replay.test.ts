import { expect, test } from "vitest";
import type { LogEvent } from "../client/types";
import { applyEvents } from "./apply-event";
import { ofNode, ofRun } from "./events.fixture";
import { Replayer } from "./replay";
import { emptyRun } from "./view";

const LOG: LogEvent[] = [
  ofRun(1, "created", { workflow_id: "w", version: 1, input: {}, node_count: 1 }),
  ofRun(2, "started", {}),
];
for (let visit = 1; visit <= 400; visit += 1) {
  LOG.push(ofNode(LOG.length + 1, "started", "a", visit, { input: visit }));
  LOG.push(ofNode(LOG.length + 1, "completed", "a", visit, { output: visit }));
}

test("any moment is what the reducer makes of the log until then, in whatever order one looks", () => {
  const replayer = new Replayer("r1");
  for (const count of [700, 3, 256, 0, 257, 802, 512, 1]) {
    expect(replayer.at(LOG, count)).toEqual(applyEvents(emptyRun("r1"), LOG.slice(0, count)));
  }
});

test("a log that was cut and went on in another way is made anew", () => {
  const replayer = new Replayer("r1");
  replayer.at(LOG, 800);
  const cut = LOG.slice(0, 600);
  const others = [...cut, ...LOG.slice(600).map((event) => ofNode(event.seq, "started", "b", event.seq, {}))];
  for (const [log, count] of [[cut, 600], [others, 790], [others, 100]] as const) {
    expect(replayer.at(log, count)).toEqual(applyEvents(emptyRun("r1"), log.slice(0, count)));
  }
});
