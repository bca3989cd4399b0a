import { ControlButton } from "@xyflow/react";
import type { Following } from "./use-following";

export function FollowButton({ following }: { readonly following: Following }) {
  if (following.isOn === null) return null;
  return (
    <ControlButton
      aria-pressed={following.isOn}
      aria-label="Follow the node at work"
      title="Follow the node at work"
      onClick={() => {
        following.set(!following.isOn);
      }}
    >
      <svg viewBox="0 0 16 16" className="follow-icon" aria-hidden="true">
        <circle cx="8" cy="8" r="4.5" />
        <path d="M8 1v4M8 11v4M1 8h4M11 8h4" />
      </svg>
    </ControlButton>
  );
}
