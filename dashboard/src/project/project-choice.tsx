/** Chooses the project that the pages show, where there are several. */

import { useQuery } from "@tanstack/react-query";
import { navigate, useLocation } from "../router";
import { projectsQuery } from "../wire/projects";
import type { Project } from "../client/types";
import { placeElsewhere } from "./addresses";

export function ProjectChoice() {
  const { path, project } = useLocation();
  const { data } = useQuery(projectsQuery);
  if (!data) return null;
  const choices = withCurrent(data, project);
  if (choices.length < 2) return null;
  return (
    <select
      className="field project-choice"
      aria-label="Project"
      value={project}
      onChange={({ target }) => {
        navigate(placeElsewhere(path), target.value);
      }}
    >
      {choices.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

type Choice = Pick<Project, "id" | "name">;

/** An address may name a project that is not there, or not for this key: one has to get out of it. */
function withCurrent(projects: readonly Choice[], current: string): readonly Choice[] {
  const isThere = projects.some(({ id }) => id === current);
  return isThere ? projects : [...projects, { id: current, name: current }];
}
