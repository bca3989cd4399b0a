import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { KeyPrompt } from "./key/key-prompt";
import { DiffPage } from "./pages/diff-page";
import { HomePage } from "./pages/home-page";
import { NotFoundPage } from "./pages/not-found-page";
import { RunPage } from "./pages/run-page";
import { RunsPage } from "./pages/runs-page";
import { TaskPage } from "./pages/task-page";
import { TasksPage } from "./pages/tasks-page";
import { WorkflowPage } from "./pages/workflow-page";
import { useLocation } from "./router";

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: 2, networkMode: "always" } },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <CurrentPage />
      <KeyPrompt />
    </QueryClientProvider>
  );
}

/** A segment as it was meant; one that is no valid encoding is taken as it stands. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}

function CurrentPage() {
  const { path } = useLocation();
  const [, place, id, ...rest] = path.split("/").map(decoded);
  if (path === "/") return <HomePage />;
  if (path === "/runs") return <RunsPage />;
  if (path === "/tasks") return <TasksPage />;
  if (id !== undefined && rest.length === 0) {
    if (place === "runs") return <RunPage key={id} runId={id} />;
    if (place === "tasks") return <TaskPage key={id} taskId={id} />;
    if (place === "workflows") return <WorkflowPage key={id} workflowId={id} />;
  }
  const [word, other] = rest;
  if (place === "runs" && id !== undefined && word === "diff" && other && rest.length === 2) {
    return <DiffPage key={path} a={id} b={other} />;
  }
  return <NotFoundPage />;
}
