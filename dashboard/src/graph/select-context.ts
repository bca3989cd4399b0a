/** What a card can ask of the drawing that it is part of. */

import { createContext, type KeyboardEvent } from "react";

export interface SelectActions {
  readonly select: (nodeId: string) => void;
  /** Brings the node into sight. */
  readonly reveal: (nodeId: string) => void;
  /** Goes on to the neighbour that an arrow key points at. */
  readonly move: (nodeId: string, event: KeyboardEvent) => void;
}

const IGNORE = () => undefined;

export const SelectContext = createContext<SelectActions>({
  select: IGNORE,
  reveal: IGNORE,
  move: IGNORE,
});
