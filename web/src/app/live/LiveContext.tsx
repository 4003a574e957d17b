/** The hub, for components. */
import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from "react";
import type { Hub, LiveState } from "./hub";

const LiveContext = createContext<Hub | null>(null);

export function LiveProvider({ hub, children }: { hub: Hub; children: ReactNode }) {
  useEffect(() => hub.start(), [hub]);
  return <LiveContext value={hub}>{children}</LiveContext>;
}

export function useHub(): Hub {
  const hub = useContext(LiveContext);
  if (hub === null) throw new Error("no live hub around");
  return hub;
}

export function useLiveState(): LiveState {
  const hub = useHub();
  return useSyncExternalStore(hub.subscribe, hub.state);
}
