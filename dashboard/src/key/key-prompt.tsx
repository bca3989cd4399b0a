/** Asks for an API key when the server wants one; the page then begins anew with it. */

import { useState, useSyncExternalStore } from "react";
import { Dialog } from "../parts/dialog";
import { setProject, useProject } from "../router";
import { isKeyWanted, keepKey, onKeyWanted, projectOf } from "./key";

export function KeyPrompt() {
  const wanted = useSyncExternalStore(onKeyWanted, isKeyWanted);
  const [isPutOff, setPutOff] = useState(false);
  if (!wanted || isPutOff) return null;
  return (
    <Dialog
      title="This server wants a key"
      onClose={() => {
        setPutOff(true);
      }}
    >
      <KeyForm />
    </Dialog>
  );
}

function KeyForm() {
  const wanted = useProject();
  const [key, setKey] = useState("");
  const [fault, setFault] = useState<string | null>(null);

  async function open(): Promise<void> {
    try {
      const project = await projectOf(key.trim(), wanted);
      if (project === null) {
        setFault("The server does not know this key, or not any more.");
        return;
      }
      keepKey(key.trim());
      setProject(project);
      window.location.reload();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
    >
      <label className="grid gap-1">
        <span>API key</span>
        <input
          type="password"
          className="field"
          autoComplete="off"
          required
          value={key}
          onChange={(event) => {
            setKey(event.target.value);
          }}
        />
      </label>
      {fault !== null && <p role="alert" className="text-sm text-failed">{fault}</p>}
      <p className="text-sm text-muted">It is kept in this tab only, until you close it.</p>
      <button type="submit" className="button button-primary">
        Open
      </button>
    </form>
  );
}
