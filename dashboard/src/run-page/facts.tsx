export interface FactsProps {
  /** Facts that are not known are left out. */
  readonly facts: readonly (readonly [name: string, value: string | null])[];
}

export function Facts({ facts }: FactsProps) {
  const known = facts.filter(([, value]) => value !== null);
  if (known.length === 0) return null;
  return (
    <dl className="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
