/** The head of a node's panel. It takes the focus when it opens and gives it back when Esc closes it. */

import { useEffect, useEffectEvent, useRef, type ReactNode } from "react";

export interface PanelHeadProps {
  readonly title: string;
  readonly detail: string;
  readonly nodeId: string;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

export function PanelHead({ title, detail, nodeId, onClose, children }: PanelHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const close = useEffectEvent(() => {
    onClose();
    document.querySelector<HTMLElement>(`[data-node-id="${CSS.escape(nodeId)}"]`)?.focus();
  });

  useEffect(() => {
    // Who steps through a run by its buttons stays at them.
    const isElsewhere = document.activeElement?.closest("[data-keeps-focus]") ?? null;
    if (isElsewhere === null) heading.current?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && document.querySelector("dialog[open]") === null) close();
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
    };
  }, []);

  return (
    <header className="panel-head">
      <div className="min-w-0 flex-1">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <p className="row-detail">
          <span>{detail}</span>
          {title !== nodeId && <span className="id">{nodeId}</span>}
        </p>
        {children}
      </div>
      <button
        type="button"
        className="button button-quiet px-2"
        aria-label="Close the node panel"
        onClick={() => {
          onClose();
        }}
      >
        <svg viewBox="0 0 20 20" className="icon" aria-hidden="true">
          <path d="M5 5l10 10M15 5L5 15" />
        </svg>
      </button>
    </header>
  );
}
