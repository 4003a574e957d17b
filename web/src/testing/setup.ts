/** What jsdom lacks and our components rely on. */
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

class NoResizes implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

vi.stubGlobal("ResizeObserver", NoResizes);
// A screen of some size: without one, lists that draw only what is in sight draw nothing.
Object.defineProperties(HTMLElement.prototype, {
  offsetHeight: { configurable: true, get: () => 600 },
  offsetWidth: { configurable: true, get: () => 1000 },
  clientHeight: { configurable: true, get: () => 600 },
  clientWidth: { configurable: true, get: () => 1000 },
});
// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 15_000 });
window.scrollTo = () => undefined;
Element.prototype.scrollTo = () => undefined;
window.matchMedia = (media) => ({
  matches: false, media, onchange: null, addListener: () => undefined, removeListener: () => undefined,
  addEventListener: () => undefined, removeEventListener: () => undefined, dispatchEvent: () => false,
});

beforeEach(() => localStorage.clear());
afterEach(cleanup);
