/** The name that somebody answers under, kept in this browser for the next answer. */

const PLACE = "workflow-answers-as";

export function keptName(): string {
  return localStorage.getItem(PLACE) ?? "";
}

export function keepName(name: string): void {
  localStorage.setItem(PLACE, name);
}
