/** Signing in and out, and where to go afterwards. */
import { api, take } from "../../api/client";
import { beginSession, endSession } from "../../api/session";

export async function signIn(email: string, password: string): Promise<void> {
  const answer = await take(api.POST("/api/v1/auth/login", { body: { email, password, answer: "cookie" } }));
  beginSession(answer);
}

/** Ends the session here even when the server cannot be told; then it says so by throwing. */
export async function signOut(): Promise<void> {
  try {
    await take(api.POST("/api/v1/auth/logout", {}));
  } finally {
    endSession();
  }
}

/** A place of this console to return to. Anything else, such as another site, becomes the start page. */
export function returnPath(to: string | undefined): string {
  if (to === undefined || !/^\/(?![/\\])/.test(to)) return "/";
  const place = new URL(to, window.location.origin);
  const isOurs = place.origin === window.location.origin && !/^\/(signin|setup)(\/|$)/.test(place.pathname);
  return isOurs ? place.pathname + place.search + place.hash : "/";
}
