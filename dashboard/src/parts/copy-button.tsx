import { useState } from "react";

export interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false);
  // Browsers offer the clipboard to https and localhost only.
  if (!window.isSecureContext) return null;
  return (
    <button
      type="button"
      className="link text-xs"
      aria-label={`Copy ${label.toLowerCase()}`}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setCopied(true);
          setTimeout(() => {
            setCopied(false);
          }, 1500);
        });
      }}
    >
      {isCopied ? "Copied" : "Copy"}
    </button>
  );
}
