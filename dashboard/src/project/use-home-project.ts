/** A run is shown in its own project, whatever project its address named. */

import { useEffect } from "react";
import { setProject, useProject } from "../router";

/** Whether the pages show this project; while they do not, they are on the way there. */
export function useHomeProject(home: string | undefined): boolean {
  const isThere = useProject() === home;
  useEffect(() => {
    if (home !== undefined && !isThere) setProject(home);
  }, [home, isThere]);
  return isThere;
}
