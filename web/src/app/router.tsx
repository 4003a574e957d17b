/** The addresses. Pages are loaded when they are first visited. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { csrfToken, currentSession, refreshSession } from "../api/session";
import { Crash, NotFound } from "./Crash";
import { Frame } from "./frame/Frame";
import { parseSearch, pick, stringifySearch } from "./searchParams";
import { meQuery } from "./session/me";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("../features/setup/SetupPage"), "SetupPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  validateSearch: (search: Record<string, unknown>) => pick(search, ["to"]),
  component: lazyRouteComponent(() => import("../features/signin/SignInPage"), "SignInPage"),
});

/** A session that this browser's storage forgot may still be in its cookies. */
async function isSignedIn(): Promise<boolean> {
  if (currentSession() !== null) return true;
  if (csrfToken() === undefined) return false;
  return refreshSession(Date.now()).catch(() => false);
}

function frameRoute(client: QueryClient) {
  return createRoute({
    getParentRoute: () => root,
    id: "frame",
    component: Frame,
    notFoundComponent: NotFound,
    beforeLoad: async ({ location }) => {
      // The router's `redirect` is a response to be thrown, by its design.
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      if (!(await isSignedIn())) throw redirect({ to: "/signin", search: { to: location.href } });
      void client.prefetchQuery(meQuery);
    },
  });
}

export const RUN_FILTERS = ["state", "kind", "queue", "after", "before"] as const;

export function createConsoleRouter(client: QueryClient) {
  const frame = frameRoute(client);
  const home = createRoute({
    getParentRoute: () => frame,
    path: "/",
    beforeLoad: () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw redirect({ to: "/runs" });
    },
  });
  const runs = createRoute({
    getParentRoute: () => frame,
    path: "/runs",
    validateSearch: (search: Record<string, unknown>) => pick(search, RUN_FILTERS),
    component: lazyRouteComponent(() => import("../features/runs/RunsPage"), "RunsPage"),
  });
  const run = createRoute({
    getParentRoute: () => frame,
    path: "/runs/$run",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["tab", "task", "tasks", "attempt"]),
    component: lazyRouteComponent(() => import("../features/runs/RunPage"), "RunPage"),
  });
  const profile = createRoute({
    getParentRoute: () => frame,
    path: "/profile",
    component: lazyRouteComponent(() => import("../features/profile/ProfilePage"), "ProfilePage"),
  });
  return createRouter({
    routeTree: root.addChildren([setup, signIn, frame.addChildren([home, runs, run, profile])]),
    parseSearch,
    stringifySearch,
    defaultErrorComponent: Crash,
    defaultPreload: "intent",
    defaultPendingMs: 300,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
