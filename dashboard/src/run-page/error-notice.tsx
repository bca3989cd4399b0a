import type { ReactNode } from "react";
import type { RunError } from "../client/types";

export interface ErrorNoticeProps {
  readonly error: RunError;
  readonly children?: ReactNode;
}

export function ErrorNotice({ error, children }: ErrorNoticeProps) {
  return (
    <div className="notice notice-failure text-sm">
      <p className="font-mono text-xs font-semibold text-failed">{error.type}</p>
      <p className="mt-1 whitespace-pre-wrap">{error.message}</p>
      {children}
    </div>
  );
}
