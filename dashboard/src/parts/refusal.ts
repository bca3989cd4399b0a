/** Why the server did not do as asked, by the field that it is about. */

import { ApiError } from "../client/http";

export interface Refusal {
  /** All of it, for a field that is alone. */
  readonly all: readonly string[];
  /** What is wrong with the value at this pointer, or inside of it. */
  readonly at: (pointer: string) => readonly string[];
  /** What is wrong otherwise. */
  readonly elsewhere: (...pointers: readonly string[]) => readonly string[];
}

/** Only what was refused as such (422) points into what was sent; all else is about it as a whole. */
export function refusalOf(error: Error | null): Refusal {
  const problems = error instanceof ApiError && error.status === 422 ? error.problems : [];
  const isAt = (pointer: string, place: string) =>
    pointer === place || pointer.startsWith(`${place}/`);
  const details = problems.map(({ detail }) => detail);
  return {
    all: details.length === 0 && error !== null ? [error.message] : details,
    at: (place) => problems.filter(({ pointer }) => isAt(pointer, place)).map(({ detail }) => detail),
    elsewhere: (...places) => {
      if (error === null) return [];
      if (problems.length === 0) return [error.message];
      const rest = problems.filter(({ pointer }) => !places.some((place) => isAt(pointer, place)));
      return rest.map(({ detail }) => detail);
    },
  };
}
