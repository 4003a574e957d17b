/** Where the console begins. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./app/theme/tokens.css";
import "./app/theme/base.css";
import { App } from "./app/App";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
