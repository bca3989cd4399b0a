/** Keeps the action in sight where a graph is too large to be seen whole, until somebody looks around. */

import { useReactFlow } from "@xyflow/react";
import { useEffect, useState } from "react";
import { centreOfAction } from "../run/centre-of-action";
import { useRunPart } from "../run/store";
import { firstView, fitsWhole, READABLE_ZOOM } from "./frame";
import { NODE_SIZE, type Placement, type Size } from "./placement";

export interface Following {
  /** Null where there is nothing to follow. */
  readonly isOn: boolean | null;
  readonly set: (isOn: boolean) => void;
}

const GLIDE_MS = 350;

export function useFollowing(placement: Placement | null, size: Size): Following {
  const flow = useReactFlow();
  const isRun = useRunPart(() => true, false);
  const centre = useRunPart(centreOfAction, null);
  const [wish, setWish] = useState<boolean | null>(null);
  const isOn = wish ?? (placement !== null && !fitsWhole(placement, size));
  useEffect(() => {
    const corner = centre === null ? undefined : placement?.nodes.get(centre);
    if (!isOn || !corner) return;
    const x = corner.x + NODE_SIZE.width / 2;
    const y = corner.y + NODE_SIZE.height / 2;
    const zoom = Math.max(flow.getZoom(), READABLE_ZOOM);
    void flow.setCenter(x, y, { zoom, duration: glideMs() });
  }, [centre, flow, isOn, placement]);
  const isOver = useRunPart((run) => run.finishedAt !== null, true);
  useEffect(() => {
    // There is nothing left to follow: show the result from its beginning.
    if (!isOver || !isOn || centre !== null || placement === null) return;
    void flow.setViewport(firstView(placement, size), { duration: glideMs() });
  }, [centre, flow, isOn, isOver, placement, size]);
  const canFollow = isRun && !(isOver && centre === null);
  return { isOn: canFollow ? isOn : null, set: setWish };
}

function glideMs(): number {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : GLIDE_MS;
}
