/** Talks to the REST interface and turns problem documents into errors that a page can show. */

import { type Server, HERE } from "./server";
import type { Problem } from "./types";

interface ProblemDocument {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Problem[];
}

/** What the server answered when it did not do as asked. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly problems: readonly Problem[],
  ) {
    super(detail || title);
  }
}

export function get<Answer>(path: string, server: Server = HERE): Promise<Answer> {
  return request(server, path, { method: "GET" });
}

export function post<Answer>(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  server: Server = HERE,
): Promise<Answer> {
  return request(server, path, withBody("POST", body, headers));
}

export function put<Answer>(path: string, body: unknown, server: Server = HERE): Promise<Answer> {
  return request(server, path, withBody("PUT", body));
}

export function patch<Answer>(path: string, body: unknown, server: Server = HERE): Promise<Answer> {
  return request(server, path, withBody("PATCH", body));
}

export async function remove(path: string, server: Server = HERE): Promise<void> {
  await answered(server, path, { method: "DELETE" });
}

function withBody(
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  const all = { "Content-Type": "application/json", ...headers };
  return { method, body: JSON.stringify(body), headers: all };
}

async function request<Answer>(server: Server, path: string, init: RequestInit): Promise<Answer> {
  const response = await answered(server, path, init);
  return (await response.json()) as Answer;
}

async function answered(server: Server, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  const key = server.key();
  if (key !== null) headers.set("Authorization", `Bearer ${key}`);
  const response = await fetch(`${server.url}/api/v1${path}`, { ...init, headers });
  if (response.status === 401) server.refused();
  if (!response.ok) throw await asError(response);
  return response;
}

async function asError(response: Response): Promise<ApiError> {
  const problem = await readProblem(response);
  const title = problem.title ?? response.statusText;
  return new ApiError(response.status, title, problem.detail ?? "", problem.errors ?? []);
}

async function readProblem(response: Response): Promise<ProblemDocument> {
  // A proxy in between may answer with a page of its own instead of a problem document.
  if (!response.headers.get("Content-Type")?.includes("json")) return {};
  return (await response.json()) as ProblemDocument;
}
