import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { HERE } from "./client/server";
import { storedKey, wantKey } from "./key/key";
import { applyStoredTheme } from "./parts/theme-toggle";
import "./styles.css";

applyStoredTheme();
HERE.key = storedKey;
HERE.refused = wantKey;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id 'root'");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
