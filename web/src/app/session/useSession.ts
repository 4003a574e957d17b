/** The session as components see it. */
import { useSyncExternalStore } from "react";
import { currentSession, onSessionChange, type Session } from "../../api/session";

export const useSession = (): Session | null => useSyncExternalStore(onSessionChange, currentSession);
