import { useState } from "react";
import { StartRunDialog } from "./start-run-dialog";

export interface RunButtonProps {
  readonly workflowId: string;
  readonly name: string;
  readonly isPrimary?: boolean;
  readonly word?: string;
}

export function RunButton({ workflowId, name, isPrimary = false, word = "Run" }: RunButtonProps) {
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
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
