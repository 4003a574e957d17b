/** Every page on a server that puts hostile text into every field that holds text: shown, inert, and breaking nothing. */
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { exampleOf, json, startBackend } from "../testing/backend";
import { expectInert, HOSTILES } from "../testing/hostile";
import { haveSession, showConsole } from "../testing/render";

const PAGES = [
  "/", "/runs", "/runs/1", "/runs/1?tab=timeline", "/runs/1?tab=log", "/runs/1?tab=input", "/runs/1?tab=result", "/runs/1?tab=facts",
  "/jobs?job=a", "/define-job?job=a", "/schedules?schedule=a", "/define-schedule?schedule=a", "/schedules?tab=calendars&calendar=a", "/kinds?kind=text", "/uploads", "/queues", "/limits", "/workers",
  "/postings?posting=a", "/sources", "/sources/a", "/products?product=a", "/products?tab=categories",
  "/webhooks?webhook=a&delivery=b", "/events", "/runs/1?tab=graph&step=a", "/admin?user=a", "/admin?tab=roles", "/admin?tab=keys", "/admin?tab=system", "/profile",
];

describe.each(HOSTILES)("%s text everywhere", (_name, hostile) => {
  it.each(PAGES)("is inert on %s", async (page) => {
    haveSession();
    const wrongs: unknown[][] = [];
    vi.spyOn(console, "error").mockImplementation((...said) => void wrongs.push(said));
    startBackend({ "GET /api/v1/auth/me": () => json({ ...exampleOf<object>("Me"), grants: ["*:*"] }) }, hostile);
    const { container } = showConsole(page);
    await screen.findByRole("heading", { level: 1 });
    await waitFor(() => expect(container.querySelector("#content")?.getAttribute("aria-busy")).toBe("false"));
    // Values that are looked at as JSON may be long: they scroll. What is typed is typed. An empty choice of the kit
    // holds its height with a space of no width.
    container.querySelectorAll("pre, textarea, .notranslate").forEach((part) => part.remove());
    expectInert(container);
    expect(wrongs).toEqual([]);
    expect(container.textContent).not.toContain("This page cannot be shown");
  });
});
