/** What all pages share: the bar at the top and the place for the content. */

import { useEffect, type ReactNode } from "react";
import { ProjectChoice } from "../project/project-choice";
import { Link, useLocation } from "../router";
import { ThemeToggle } from "./theme-toggle";

export interface ShellProps {
  readonly title: string;
  /** A page that fills the window and scrolls inside, such as a run. */
  readonly isFilling?: boolean;
  readonly children: ReactNode;
}

const PLACES = [
  { to: "/", name: "Workflows" },
  { to: "/runs", name: "Runs" },
  { to: "/tasks", name: "Tasks" },
] as const;

export function Shell({ title, isFilling = false, children }: ShellProps) {
  const { path } = useLocation();
  useEffect(() => {
    document.title = `${title} · Workflow`;
  }, [title]);
  return (
    <div className={isFilling ? "shell shell-filling" : "shell"}>
      <a href="#main" className="skip-link">
        Skip to content
      </a>
      <header className="top-bar">
        <Link to="/" className="brand" aria-label="Workflow, home">
          <Mark />
          <span className="max-sm:hidden">Workflow</span>
        </Link>
        <nav aria-label="Main" className="flex gap-1">
          {PLACES.map(({ to, name }) => (
            <Link
              key={to}
              to={to}
              className="nav-link"
              {...(path === to ? { "aria-current": "page" as const } : {})}
            >
              {name}
            </Link>
          ))}
        </nav>
        <span className="ml-auto" />
        <ProjectChoice />
        <ThemeToggle />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 24 24" className="size-6" aria-hidden="true">
      <path
        d="M5 6v6a6 6 0 0 0 6 6h3M5 12h11"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
      <circle cx="5" cy="5" r="2.8" fill="currentColor" />
      <circle cx="19" cy="12" r="2.8" className="fill-completed" />
      <circle cx="16.5" cy="18" r="2.8" fill="currentColor" />
    </svg>
  );
}
