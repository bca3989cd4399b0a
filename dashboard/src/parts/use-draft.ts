/** What somebody types over a value. It is void as soon as the value is another one. */

import { useState } from "react";

export interface Draft {
  readonly text: string;
  readonly isDirty: boolean;
  readonly type: (text: string) => void;
  readonly reset: () => void;
}

export function useDraft(value: string): Draft {
  const [draft, setDraft] = useState<{ readonly text: string; readonly over: string } | null>(null);
  const text = draft?.over === value ? draft.text : value;
  return {
    text,
    isDirty: text !== value,
    type: (typed) => {
      setDraft({ text: typed, over: value });
    },
    reset: () => {
      setDraft(null);
    },
  };
}
