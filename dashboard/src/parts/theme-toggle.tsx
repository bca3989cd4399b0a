/** Switches between the system's appearance, light and dark. */

import { useState } from "react";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const KEY = "workflow-theme";
const SHAPES: Readonly<Record<Theme, string>> = {
  system: "M3 4h14v9H3zM7.5 16.5h5",
  light: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.4 4.4l1.1 1.1M14.5 14.5l1.1 1.1M4.4 15.6l1.1-1.1M14.5 5.5l1.1-1.1",
  dark: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3z",
};

/** Called before the first paint, so that the page never flashes in the other colours. */
export function applyStoredTheme(): void {
  apply(storedTheme());
}

export function ThemeToggle() {
  const [theme, setTheme] = useState(storedTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <button
      type="button"
      className="button button-quiet px-2"
      title={`Appearance: ${theme}`}
      aria-label={`Appearance: ${theme}. Switch to ${next}`}
      onClick={() => {
        localStorage.setItem(KEY, next);
        apply(next);
        setTheme(next);
      }}
    >
      <svg viewBox="0 0 20 20" className="icon" aria-hidden="true">
        <path d={SHAPES[theme]} />
      </svg>
    </button>
  );
}

function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
