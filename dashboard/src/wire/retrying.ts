/** When a question that failed is asked again. */

import { ApiError } from "../client/http";

export function retryUnlessRefused(failures: number, error: Error): boolean {
  const refused = error instanceof ApiError && error.status < 500;
  return !refused && failures < 3;
}
