/** Which variables somebody changed in an object of all of them. */

import type { Json } from "../client/types";

type Variables = Readonly<Record<string, Json>>;

/** What cannot be asked for: variables can be changed, but not taken away. */
export class VariablesError extends Error {
  override readonly name = "VariablesError";
}

export function changedVariables(before: Variables, typed: Json): Variables {
  if (typeof typed !== "object" || typed === null || typed instanceof Array) {
    throw new VariablesError("The variables are an object: { … }.");
  }
  const after = typed as Variables;
  const gone = Object.keys(before).filter((name) => !(name in after));
  if (gone.length > 0) {
    throw new VariablesError(`A variable cannot be taken away, only set to null: ${gone.join(", ")}.`);
  }
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  );
  return Object.fromEntries(changed);
}
