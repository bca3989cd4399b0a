/** Goes on from a run that is over, in a new run, and goes to it. */

import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { navigate, runPath } from "../router";
import { retryRun } from "../wire/queries";
import type { Place } from "../client/types";
import { newKey } from "./new-key";

/** The key stays the same for the same place, so that a second click starts nothing twice. */
export function useRetry(runId: string) {
  const last = useRef({ body: "", key: "" });
  return useMutation({
    mutationFn: (place: Place) => {
      const body = JSON.stringify(place);
      if (last.current.body !== body) last.current = { body, key: newKey() };
      return retryRun(runId, place, last.current.key);
    },
    onSuccess: (run) => {
      navigate(runPath(run.id));
    },
  });
}
