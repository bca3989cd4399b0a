/** Tabs by the book: arrow keys move, one stop in the tab order. */

import { useId, type KeyboardEvent, type ReactNode } from "react";

export interface TabsProps<Name extends string> {
  readonly label: string;
  readonly names: readonly Name[];
  readonly current: Name;
  readonly onChange: (name: Name) => void;
  readonly counts?: Readonly<Partial<Record<Name, number>>>;
  readonly children: ReactNode;
}

export function Tabs<Name extends string>(props: TabsProps<Name>) {
  const { label, names, current, onChange, counts, children } = props;
  const id = useId();

  function onKey(event: KeyboardEvent<HTMLElement>): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = names[(names.indexOf(current) + step + names.length) % names.length] ?? current;
    onChange(next);
    document.getElementById(`${id}-${next}`)?.focus();
  }

  return (
    <>
      <div role="tablist" aria-label={label} className="tabs">
        {names.map((name) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            className="tab"
            aria-selected={name === current}
            aria-controls={`${id}-panel`}
            tabIndex={name === current ? 0 : -1}
            onKeyDown={onKey}
            onClick={() => {
              onChange(name);
            }}
          >
            {name}
            {counts?.[name] !== undefined && <span className="tab-count">{counts[name]}</span>}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${current}`}
        className="tab-panel"
      >
        {children}
      </div>
    </>
  );
}
