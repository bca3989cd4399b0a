// A chat on LangChain's own hook, as its users write it: what the browser test clicks and reads.
import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

type State = { messages?: Message[]; ok?: boolean };

function Page() {
  const assistantId = new URLSearchParams(location.search).get("assistant") ?? "chat";
  const [threadId, setThreadId] = useState(new URLSearchParams(location.search).get("thread"));
  const [text, setText] = useState("");
  const stream = useStream<State>({
    apiUrl: `${location.origin}/langgraph`,
    assistantId,
    threadId,
    onThreadId: setThreadId,
    fetchStateHistory: true,
    reconnectOnMount: true,
  });
  const interrupt = stream.interrupt?.value as { prompt?: string } | undefined;
  return (
    <main data-thread={threadId ?? ""}>
      <ol>
        {stream.messages.map((message, place) => (
          <li key={message.id ?? place}>{`${message.type}: ${String(message.content)}`}</li>
        ))}
      </ol>
      <p id="state">{stream.isLoading ? "at work" : "idle"}</p>
      <p id="history">{stream.history.length}</p>
      <p id="ok">{String(stream.values.ok)}</p>
      {stream.error ? <p id="error">{String(stream.error)}</p> : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const message = { type: "human" as const, content: text };
          void stream.submit(
            { messages: [message] },
            { optimisticValues: (before) => ({ messages: [...(before.messages ?? []), message] }) },
          );
        }}
      >
        <input aria-label="text" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit">send</button>
      </form>
      <button onClick={() => void stream.submit({ what: "go" } as State)}>ask</button>
      <button onClick={() => void stream.stop()}>stop</button>
      {interrupt ? (
        <section>
          <p id="prompt">{interrupt.prompt}</p>
          <button
            onClick={() => void stream.submit(undefined, { command: { resume: { ok: true } } })}
          >
            yes
          </button>
        </section>
      ) : null}
    </main>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(<Page />);
