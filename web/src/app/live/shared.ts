/**
 * One connection for all tabs of a browser: the tab that holds a lock has it and tells the others what it hears. When
 * that tab closes, the next one gets the lock and goes on behind the last event that was told.
 */
import { currentSession, onSessionChange } from "../../api/session";
import { addHeard, allHeard, forgetHeard, type Heard } from "./heard";
import type { News } from "./news";
import { follow, type Telling } from "./stream";

const NAME = "metier.events";

type Message =
  | { kind: "connected"; is: boolean }
  | { kind: "news"; news: News; place: string | undefined; heard: readonly Heard[] }
  /** What was told before a tab came, for it. */
  | { kind: "heard"; heard: readonly Heard[] }
  /** A tab that came later asks how it is. */
  | { kind: "asked" };

/** Hears everything until the answer is called. */
export function shareStream(hear: { connected: (is: boolean) => void; news: (news: News) => void }): () => void {
  const channel = new BroadcastChannel(NAME);
  const stop = new AbortController();
  let place: string | undefined;
  let leads = false;
  let isConnected = false;

  const take = (message: Message) => {
    if (message.kind === "asked") {
      if (!leads) return;
      channel.postMessage({ kind: "connected", is: isConnected } satisfies Message);
      channel.postMessage({ kind: "heard", heard: allHeard() } satisfies Message);
    } else if (message.kind === "heard") {
      if (allHeard().length === 0) addHeard(message.heard);
    } else if (message.kind === "connected") {
      isConnected = message.is;
      hear.connected(message.is);
    } else {
      place = message.place ?? place;
      addHeard(message.heard);
      hear.news(message.news);
    }
  };
  channel.onmessage = (event: MessageEvent<Message>) => take(event.data);
  const say = (message: Message) => {
    // The last words of a connection may come after the tab has stopped listening.
    if (stop.signal.aborted) return;
    channel.postMessage(message);
    take(message);
  };
  const telling: Telling = {
    connected: (is) => say({ kind: "connected", is }),
    news: (news, at, heard) => say({ kind: "news", news, place: at, heard }),
  };
  const lead = async () => {
    leads = true;
    await follow(stop.signal, () => place, telling);
  };
  channel.postMessage({ kind: "asked" } satisfies Message);
  const unwatch = onSessionChange(() => {
    if (currentSession() === null) forgetHeard();
  });
  // Locks are there only over TLS and on loopback; elsewhere each tab has its own connection.
  if ("locks" in navigator) navigator.locks.request(NAME, { signal: stop.signal }, lead).catch(() => undefined);
  else void lead();
  return () => {
    stop.abort();
    unwatch();
    channel.close();
  };
}
