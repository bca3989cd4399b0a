/** The project in addresses: a word of the query, left out for the project that is always there. */

export const FIRST_PROJECT = "default";

const WORD = "project";

export function projectIn(query: URLSearchParams): string {
  const named = query.get(WORD);
  return named === null || named === "" ? FIRST_PROJECT : named;
}

export function namesProject(query: URLSearchParams): boolean {
  return query.has(WORD);
}

/** Makes a query name this project, whatever project it named. */
export function nameProject(query: URLSearchParams, project: string): void {
  if (project === FIRST_PROJECT) query.delete(WORD);
  else query.set(WORD, project);
}

/** The same address of the page in this project. */
export function inProject(address: string, project: string): string {
  const { pathname, searchParams, hash } = new URL(address, "http://page");
  nameProject(searchParams, project);
  const query = searchParams.toString();
  return `${pathname}${query && `?${query}`}${hash}`;
}

const LISTS: ReadonlySet<string> = new Set(["/", "/runs", "/tasks"]);

/** Where one goes on in another project: the same list there; what is shown by its id is not there. */
export function placeElsewhere(path: string): string {
  return LISTS.has(path) ? path : "/";
}
