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

export const POSTING_SEARCH = ["q", "source", "country", "region", "employment_type", "remote", "since", "sort", "posting"] as const;

export function createConsoleRouter(client: QueryClient) {
  const frame = frameRoute(client);
  const home = createRoute({
    getParentRoute: () => frame,
    path: "/",
    component: lazyRouteComponent(() => import("../features/home/HomePage"), "HomePage"),
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
    validateSearch: (search: Record<string, unknown>) => pick(search, ["tab", "task", "tasks", "attempt", "step"]),
    component: lazyRouteComponent(() => import("../features/runs/RunPage"), "RunPage"),
  });
  const profile = createRoute({
    getParentRoute: () => frame,
    path: "/profile",
    component: lazyRouteComponent(() => import("../features/profile/ProfilePage"), "ProfilePage"),
  });
  const jobs = createRoute({
    getParentRoute: () => frame,
    path: "/jobs",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["job"]),
    component: lazyRouteComponent(() => import("../features/jobs/JobsPage"), "JobsPage"),
  });
  const defineJob = createRoute({
    getParentRoute: () => frame,
    path: "/define-job",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["job", "kind"]),
    component: lazyRouteComponent(() => import("../features/jobs/DefineJobPage"), "DefineJobPage"),
  });
  const schedules = createRoute({
    getParentRoute: () => frame,
    path: "/schedules",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["tab", "schedule", "state", "calendar"]),
    component: lazyRouteComponent(() => import("../features/schedules/SchedulesPage"), "SchedulesPage"),
  });
  const defineSchedule = createRoute({
    getParentRoute: () => frame,
    path: "/define-schedule",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["schedule", "job", "kind"]),
    component: lazyRouteComponent(() => import("../features/schedules/DefineSchedulePage"), "DefineSchedulePage"),
  });
  const kinds = createRoute({
    getParentRoute: () => frame,
    path: "/kinds",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["kind"]),
    component: lazyRouteComponent(() => import("../features/kinds/KindsPage"), "KindsPage"),
  });
  const uploads = createRoute({
    getParentRoute: () => frame,
    path: "/uploads",
    component: lazyRouteComponent(() => import("../features/uploads/UploadsPage"), "UploadsPage"),
  });
  const queues = createRoute({
    getParentRoute: () => frame,
    path: "/queues",
    component: lazyRouteComponent(() => import("../features/queues/QueuesPage"), "QueuesPage"),
  });
  const limits = createRoute({
    getParentRoute: () => frame,
    path: "/limits",
    component: lazyRouteComponent(() => import("../features/limits/LimitsPage"), "LimitsPage"),
  });
  const workers = createRoute({
    getParentRoute: () => frame,
    path: "/workers",
    component: lazyRouteComponent(() => import("../features/workers/WorkersPage"), "WorkersPage"),
  });
  const postings = createRoute({
    getParentRoute: () => frame,
    path: "/postings",
    validateSearch: (search: Record<string, unknown>) => pick(search, POSTING_SEARCH),
    component: lazyRouteComponent(() => import("../features/postings/PostingsPage"), "PostingsPage"),
  });
  const sources = createRoute({
    getParentRoute: () => frame,
    path: "/sources",
    component: lazyRouteComponent(() => import("../features/sources/SourcesPage"), "SourcesPage"),
  });
  const source = createRoute({
    getParentRoute: () => frame,
    path: "/sources/$source",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["sync"]),
    component: lazyRouteComponent(() => import("../features/sources/SourcePage"), "SourcePage"),
  });
  const products = createRoute({
    getParentRoute: () => frame,
    path: "/products",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["tab", "category", "name", "in_stock", "sort", "product"]),
    component: lazyRouteComponent(() => import("../features/products/ProductsPage"), "ProductsPage"),
  });
  const admin = createRoute({
    getParentRoute: () => frame,
    path: "/admin",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["tab", "q", "role", "disabled", "user"]),
    component: lazyRouteComponent(() => import("../features/admin/AdminPage"), "AdminPage"),
  });
  const events = createRoute({
    getParentRoute: () => frame,
    path: "/events",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["type", "about", "event"]),
    component: lazyRouteComponent(() => import("../features/events/EventsPage"), "EventsPage"),
  });
  const webhooks = createRoute({
    getParentRoute: () => frame,
    path: "/webhooks",
    validateSearch: (search: Record<string, unknown>) => pick(search, ["webhook", "delivery", "state"]),
    component: lazyRouteComponent(() => import("../features/webhooks/WebhooksPage"), "WebhooksPage"),
  });
  const work = [runs, run, jobs, defineJob, schedules, defineSchedule, kinds, uploads, queues, limits, workers] as const;
  const rest = [postings, sources, source, products, events, webhooks, admin, profile] as const;
  return createRouter({
    routeTree: root.addChildren([setup, signIn, frame.addChildren([home, ...work, ...rest])]),
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
