/** Finds the node that an arrow key leads to. */

import type { Point } from "./placement";

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

/** Going astray costs more than going far, so that the eye finds the next node where it looks. */
const ASTRAY_COST = 3;

export function neighbour(
  nodes: ReadonlyMap<string, Point>,
  from: string,
  key: string,
): string | null {
  const arrow = ARROWS[key];
  const origin = nodes.get(from);
  if (!arrow || !origin) return null;
  let best: { id: string; cost: number } | null = null;
  for (const [id, point] of nodes) {
    const dx = point.x - origin.x;
    const dy = point.y - origin.y;
    const ahead = dx * arrow.x + dy * arrow.y;
    if (id === from || ahead <= 1) continue;
    const cost = ahead + ASTRAY_COST * Math.abs(dx * arrow.y + dy * arrow.x);
    if (best === null || cost < best.cost) best = { id, cost };
  }
  return best?.id ?? null;
}
