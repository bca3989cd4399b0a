/** What differs between one visit of one run and the same visit of another. */

import type { ComparedVisit, Differences } from "../client/types";
import { FATE_WORDS } from "./marks";
import { edgesOnlyIn, placeWords, sideWords, valueWords, visitName } from "./words";

export function VisitDifference({ visit }: { readonly visit: ComparedVisit }) {
  return (
    <li className={`difference mark-${visit.fate}`}>
      <h2>
        {visitName(visit)}
        <span className="difference-fate">{FATE_WORDS[visit.fate]}</span>
      </h2>
      {visit.aspects.length > 0 && <p className="text-muted">{visit.aspects.join(", ")}</p>}
      <dl className="sides">
        <dt>A</dt>
        <dd>{sideWords(visit.a)}</dd>
        <dt>B</dt>
        <dd>{sideWords(visit.b)}</dd>
      </dl>
      <Edges name="A" edges={edgesOnlyIn(visit.a, visit.b)} />
      <Edges name="B" edges={edgesOnlyIn(visit.b, visit.a)} />
      <Values label="Input" found={visit.input} />
      <Values label="Output" found={visit.output} />
    </li>
  );
}

interface EdgesProps {
  readonly name: string;
  readonly edges: readonly string[];
}

function Edges({ name, edges }: EdgesProps) {
  if (edges.length === 0) return null;
  return (
    <p>
      Only {name} took <span className="id">{edges.join(", ")}</span>
    </p>
  );
}

export interface ValuesProps {
  readonly label: string;
  readonly found: Differences;
}

export function Values({ label, found }: ValuesProps) {
  if (found.items.length === 0) return null;
  return (
    <table className="values-diff">
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">Where</th>
          <th scope="col">A</th>
          <th scope="col">B</th>
        </tr>
      </thead>
      <tbody>
        {found.items.map((item) => (
          <tr key={item.pointer}>
            <th scope="row">{placeWords(item)}</th>
            <td>{item.change === "added" ? "" : valueWords(item.before)}</td>
            <td>{item.change === "removed" ? "" : valueWords(item.after)}</td>
          </tr>
        ))}
        {!found.complete && (
          <tr>
            <td colSpan={3}>… and more</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
