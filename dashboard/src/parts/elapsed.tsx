import { useNow } from "./clock";
import { agoWords, spanWords } from "./time-words";

export interface ElapsedProps {
  readonly from: string;
  /** Null while it still counts. */
  readonly to: string | null;
}

export function Elapsed({ from, to }: ElapsedProps) {
  const now = useNow(to === null);
  const end = to === null ? now : Date.parse(to);
  return <span className="numbers">{spanWords(end - Date.parse(from))}</span>;
}

export function Ago({ at }: { readonly at: string }) {
  const now = useNow(true, 1_000);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {agoWords(at, now)}
    </time>
  );
}
