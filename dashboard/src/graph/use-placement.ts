/** Gives a drawing its placement: the author's own, or a quick one that a better one replaces. */

import { useEffect, useMemo, useState } from "react";
import type { Graph } from "../client/types";
import type { Direction, Placement } from "./placement";
import { authoredPlacement } from "./placement-authored";
import { LARGEST_QUICK_GRAPH, placeWithDagre } from "./placement-dagre";
import { placeWithElk } from "./placement-elk";

interface Better {
  readonly graph: Graph;
  readonly placement: Placement;
}

/** Null only while a graph too large for the quick placement waits for the better one. */
export function usePlacement(graph: Graph, direction: Direction): Placement | null {
  const first = useMemo(() => firstPlacement(graph, direction), [graph, direction]);
  const isAuthored = useMemo(() => authoredPlacement(graph) !== null, [graph]);
  const [better, setBetter] = useState<Better | null>(null);

  useEffect(() => {
    if (isAuthored) return;
    let isCurrent = true;
    placeWithElk(graph, direction).then(
      (placement) => {
        if (isCurrent) setBetter({ graph, placement });
      },
      (reason: unknown) => {
        // The quick placement stands, so the page goes on.
        console.error("the layout engine failed", reason);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [graph, direction, isAuthored]);

  const fits = better?.graph === graph && better.placement.direction === direction;
  return !isAuthored && fits ? better.placement : first;
}

function firstPlacement(graph: Graph, direction: Direction): Placement | null {
  const authored = authoredPlacement(graph);
  if (authored !== null) return authored;
  return graph.nodes.length <= LARGEST_QUICK_GRAPH ? placeWithDagre(graph, direction) : null;
}
