/** Renders within what the console has around every page. */
import { render } from "@testing-library/react";
import { ThemeProvider } from "@mui/material/styles";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { beginSession } from "../api/session";
import { createHub } from "../app/live/hub";
import { LiveProvider } from "../app/live/LiveContext";
import { createQueryClient } from "../app/queryClient";
import { createConsoleRouter } from "../app/router";
import { theme } from "../app/theme/theme";

export const show = (node: ReactNode) => render(<ThemeProvider theme={theme}>{node}</ThemeProvider>);

/** The whole console at an address. */
export function showConsole(address: string) {
  const client = createQueryClient();
  const hub = createHub(client);
  const router = createConsoleRouter(client);
  router.update({ ...router.options, history: createMemoryHistory({ initialEntries: [address] }) });
  const view = render(
    <ThemeProvider theme={theme}>
      <QueryClientProvider client={client}><LiveProvider hub={hub}><RouterProvider router={router} /></LiveProvider></QueryClientProvider>
    </ThemeProvider>,
  );
  return { ...view, router, hub };
}

/** As after a sign-in a moment ago. */
export function haveSession(minutes = 10, endsInMinutes = 60 * 24): void {
  const at = (distance: number) => new Date(Date.now() + distance * 60_000).toISOString();
  beginSession({ expires_at: at(minutes), session_expires_at: at(endsInMinutes) });
}
