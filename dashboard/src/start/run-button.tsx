import { useState } from "react";
import type { DebugWish } from "../client/types";
import { StartRunDialog } from "./start-run-dialog";

export interface RunButtonProps {
  readonly workflowId: string;
  readonly name: string;
  readonly isPrimary?: boolean;
  readonly word?: string;
  /** How the run is debugged, unless somebody chooses otherwise. */
  readonly debug?: DebugWish;
  /** The run that was here before, whose outputs can stand for what touches the world. */
  readonly before?: string;
}

export function RunButton({ workflowId, name, isPrimary = false, word = "Run", ...given }: RunButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={`button ${isPrimary ? "button-primary" : ""}`}
        aria-label={`${word} ${name}`}
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        <svg viewBox="0 0 16 16" className="size-3.5 fill-current" aria-hidden="true">
          <path d="M4 2.5v11l9-5.5z" />
        </svg>
        {word}
      </button>
      {isOpen && (
        <StartRunDialog
          workflowId={workflowId}
          name={name}
          {...given}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
