/** Everything a page needs around it: theme, answers, live updates, the router. */
import { useState } from "react";
import { ThemeProvider } from "@mui/material/styles";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createHub } from "./live/hub";
import { LiveProvider } from "./live/LiveContext";
import { createQueryClient } from "./queryClient";
import { createConsoleRouter } from "./router";
import { MODE_KEY, theme } from "./theme/theme";

export function App() {
  const [parts] = useState(() => {
    const client = createQueryClient();
    return { client, hub: createHub(client), router: createConsoleRouter(client) };
  });
  return (
    <ThemeProvider theme={theme} defaultMode="system" modeStorageKey={MODE_KEY}>
      <QueryClientProvider client={parts.client}>
        <LiveProvider hub={parts.hub}>
          <RouterProvider router={parts.router} />
        </LiveProvider>
      </QueryClientProvider>
    </ThemeProvider>
  );
}
