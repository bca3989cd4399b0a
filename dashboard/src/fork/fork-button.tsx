/** Opens the question where and how a fork is to leave a run. */

import { useState } from "react";
import type { RunView } from "../run/view";
import type { Graph, VisitAddress } from "../client/types";
import { ForkDialog } from "./fork-dialog";

/** After an entry of the log, or right before a visit began. */
export type Leave = { readonly seq: number } | { readonly before: VisitAddress };

export interface ForkButtonProps {
  readonly run: RunView;
  readonly graph: Graph;
  readonly leave: Leave;
  readonly word: string;
}

export function ForkButton({ word, ...props }: ForkButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button"
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        {word}
      </button>
      {isOpen && (
        <ForkDialog
          {...props}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
