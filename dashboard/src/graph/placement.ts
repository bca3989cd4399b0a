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

export interface Placement {
  readonly direction: Direction;
  readonly nodes: ReadonlyMap<string, Point>;
  /** An edge without a route takes the straight way from side to side. */
  readonly routes: ReadonlyMap<string, Route>;
}

export const NODE_SIZE = { width: 240, height: 68 } as const;
