/** What can be asked of a run that is debugged, and by which key. */

import { isOver } from "../run/view";
import type { RunStatus } from "../client/types";
import type { Stop } from "../run/debug-view";

export const COMMANDS = ["continue", "pause", "over", "into", "out", "to"] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Situation {
  readonly status: RunStatus;
  /** Whether somebody has paused it, and its work goes to its end. */
  readonly isHeld: boolean;
  readonly stops: readonly Stop[];
  /** The stop that is meant. */
  readonly selected: Stop | null;
  /** The node that is looked at. */
  readonly nodeId: string | null;
}

export function isPossible(command: CommandName, situation: Situation): boolean {
  const { status, isHeld, stops, selected, nodeId } = situation;
  if (isOver(status) || status === "cancelling") return false;
  const isAtRest = stops.length > 0 || status === "paused";
  switch (command) {
    case "continue":
      return isAtRest || isHeld;
    case "pause":
      return !isHeld && status !== "paused";
    case "over":
    case "into":
      return isAtRest;
    case "out":
      return selected !== null;
    case "to":
      return isAtRest && nodeId !== null;
  }
}

/** A pause of the whole run ends for its sub-runs too; a breakpoint is of one run. */
export function isEndOfPause({ stops }: Situation): boolean {
  return stops.length === 0 || stops.some(({ reason }) => reason === "pause");
}

export const KEYS: Readonly<Partial<Record<CommandName, string>>> = {
  continue: "F8",
  pause: "F6",
  over: "F10",
  into: "F11",
  out: "Shift+F11",
};

export const TOGGLE_KEY = "F9";

interface Stroke {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** A stroke as it is written in `KEYS`; nothing where a key is held with which it means another thing. */
export function keyWord({ key, shiftKey, ctrlKey, altKey, metaKey }: Stroke): string {
  if (ctrlKey || altKey || metaKey) return "";
  return shiftKey ? `Shift+${key}` : key;
}

export function commandOf(word: string): CommandName | null {
  return COMMANDS.find((name) => KEYS[name] === word) ?? null;
}
