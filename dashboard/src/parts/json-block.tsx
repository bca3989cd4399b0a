/** Shows a value from a run. It is only ever text: nothing in it becomes part of the page. */

import { useState } from "react";
import type { Json } from "../client/types";
import { CopyButton } from "./copy-button";

const LONGEST = 8_000;
/** Keys, strings, literals and numbers of pretty-printed JSON. */
const WORDS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export interface JsonBlockProps {
  readonly label: string;
  readonly value: Json;
}

export function JsonBlock({ label, value }: JsonBlockProps) {
  const [isWhole, setWhole] = useState(false);
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const shown = isWhole ? text : text.slice(0, LONGEST);
  return (
    <figure className="json-block">
      <figcaption>
        {label}
        <CopyButton text={text} label={label} />
      </figcaption>
      <pre tabIndex={0} aria-label={label}>
        {typeof value === "string" ? shown || <i>empty text</i> : coloured(shown)}
      </pre>
      {shown.length < text.length && (
        <button
          type="button"
          className="link text-xs"
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all {text.length.toLocaleString()} characters
        </button>
      )}
    </figure>
  );
}

function coloured(text: string) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(WORDS)) {
    const [word, quoted, colon] = match;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(
      <span key={match.index} className={wordClass(quoted, colon)}>
        {word}
      </span>,
    );
    end = match.index + word.length;
  }
  return [...parts, text.slice(end)];
}

function wordClass(quoted: string | undefined, colon: string | undefined): string {
  if (quoted === undefined) return "json-literal";
  return colon === undefined ? "json-string" : "json-key";
}
