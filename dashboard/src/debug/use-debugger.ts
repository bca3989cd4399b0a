/** Asks for commands, by button and by key; one at a time. */

import { useMutation } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { continueRun, runTo, stepRun } from "../wire/debugging";
import { pauseRun, resumeRun } from "../wire/queries";
import type { Run, VisitAddress } from "../client/types";
import type { Stop } from "../run/debug-view";
import { commandOf, isEndOfPause, isPossible, keyWord, type CommandName, type Situation } from "./commands";

export interface Debugger {
  readonly situation: Situation;
  readonly ask: (command: CommandName) => void;
  readonly isPending: boolean;
  readonly error: Error | null;
}

/** Nobody tells over the line that a run is held whose work goes to its end, so that is kept here. */
export function useDebugger(run: Run, seen: Omit<Situation, "isHeld">): Debugger {
  const [isHeld, setHeld] = useState(run.is_held);
  const situation = { ...seen, isHeld };
  const change = useMutation({
    mutationFn: (command: CommandName) => perform(command, run.id, situation),
    onSuccess: (changed) => {
      setHeld(changed.is_held);
    },
  });
  const ask = (command: CommandName) => {
    if (!change.isPending && isPossible(command, situation)) change.mutate(command);
  };
  return { situation, ask, isPending: change.isPending, error: change.error };
}

function perform(command: CommandName, runId: string, situation: Situation): Promise<Run> {
  const { selected, nodeId } = situation;
  switch (command) {
    case "continue":
      return isEndOfPause(situation) ? resumeRun(runId) : continueRun(runId);
    case "pause":
      return pauseRun(runId);
    case "to":
      return runTo(runId, nodeId ?? "");
    default:
      return stepRun(runId, selected && addressOf(selected), command);
  }
}

export function addressOf({ node_id, path, visit }: Stop): VisitAddress {
  return { node_id, path, visit };
}

/** Calls for what a key stands for, unless somebody types or a dialog is open. */
export function useKeys(
  onCommand: (command: CommandName) => void,
  others: Readonly<Partial<Record<string, () => void>>>,
): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
    const word = keyWord(event);
    const command = commandOf(word);
    const other = others[word];
    if (command === null && other === undefined) return;
    event.preventDefault();
    if (event.repeat) return;
    if (command !== null) onCommand(command);
    else other?.();
  });
  useEffect(() => {
    document.addEventListener("keydown", handle);
    return () => {
      document.removeEventListener("keydown", handle);
    };
  }, []);
}

const TYPED_INTO = "input:not([type=range], [type=checkbox]), textarea, select";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(TYPED_INTO);
}
