/** The projects that there are for whoever asks, and where their things are. */

import { queryOptions } from "@tanstack/react-query";
import { get } from "../client/http";
import { retryUnlessRefused } from "./retrying";
import type { Page, Project } from "../client/types";

const PROJECTS_STALE_MS = 60_000;

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: allProjects,
  staleTime: PROJECTS_STALE_MS,
  retry: retryUnlessRefused,
});

export function projectPath(project: string): string {
  return `/projects/${encodeURIComponent(project)}`;
}

async function allProjects(): Promise<readonly Project[]> {
  const found: Project[] = [];
  let cursor: string | null = "";
  do {
    const next: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page<Project> = await get(`/projects?limit=200${next}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}
