/** What a page shows in place of its content: that it loads, that nothing is there, what failed. */

import type { ReactNode } from "react";
import { Link } from "../router";
import { ApiError } from "../client/http";

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div className="notice">
      <p className="font-medium">{title}</p>
      {children && <div className="mt-1 text-sm text-muted">{children}</div>}
    </div>
  );
}

export function Loading({ rows = 3, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <div role="status" className="grid gap-3 p-4">
      <span className="sr-only">Loading {label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="skeleton" />
      ))}
    </div>
  );
}

interface FailureProps {
  readonly error: Error;
  readonly onRetry?: () => void;
  /** The failure is all that the page has to show. */
  readonly isPage?: boolean;
}

export function Failure({ error, onRetry, isPage = false }: FailureProps) {
  const Title = isPage ? "h1" : "p";
  return (
    <div role="alert" className="notice notice-failure">
      <Title className={isPage ? "text-lg font-semibold" : "font-medium"}>{failureTitle(error)}</Title>
      <p className="mt-1 text-sm text-muted">{error.message}</p>
      {isMissing(error) ? (
        <Link to="/" className="button mt-3">
          Go to the workflows
        </Link>
      ) : (
        onRetry && <RetryButton onRetry={onRetry} />
      )}
    </div>
  );
}

function RetryButton({ onRetry }: { readonly onRetry: () => void }) {
  return (
        <button type="button" className="button mt-3" onClick={onRetry}>
          Try again
        </button>
  );
}

function isMissing(error: Error): boolean {
  return error instanceof ApiError && error.status === 404;
}

function failureTitle(error: Error): string {
  if (error instanceof ApiError) return error.title || `The server answered ${error.status}`;
  return "The server cannot be reached";
}
