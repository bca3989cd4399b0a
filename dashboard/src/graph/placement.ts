/** Where the parts of a drawing stand. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Direction = "right" | "down";

export interface Route {
  readonly points: readonly Point[];
  readonly labelAt: Point | null;
  /** How wide the label may be; without it as wide as its words need. */
  readonly labelRoom?: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Placement {
  readonly direction: Direction;
  readonly nodes: ReadonlyMap<string, Point>;
  /** How large the containers are; every other node is as large as a card. */
  readonly sizes: ReadonlyMap<string, Size>;
  /** An edge without a route takes the straight way from side to side. */
  readonly routes: ReadonlyMap<string, Route>;
}

export const NODE_SIZE = { width: 240, height: 68 } as const;

/** What a container keeps free around the nodes inside: above them stands its own card. */
export const PADDING = { top: 84, left: 20, bottom: 20, right: 20 } as const;

export function sizeOf(placement: Placement | null, nodeId: string): Size {
  return placement?.sizes.get(nodeId) ?? NODE_SIZE;
}
