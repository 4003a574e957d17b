/** One's signed-in devices. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import Button from "@mui/material/Button";
import { api, take } from "../../api/client";
import type { SignedInDevice } from "../../api/types";
import { signOut } from "../../app/session/signIn";
import { ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import styles from "./profile.module.css";

const words = text.profile;

export function Sessions() {
  const client = useQueryClient();
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["sessions"],
    queryFn: ({ pageParam }) => take(api.GET("/api/v1/auth/sessions", { params: { query: { ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const end = useMutation({
    mutationFn: (session: SignedInDevice) =>
      session.current ? signOut() : take(api.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id: session.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const sessions = data?.pages.flatMap((page) => page.items) ?? [];
  const problem = error ?? end.error;
  return (
    <>
      {problem !== null && <ProblemAlert error={problem} />}
      <ul className={styles.rows}>
        {sessions.map((session) => <Row key={session.id} session={session} onEnd={() => end.mutate(session)} />)}
      </ul>
      {hasNextPage && <Button variant="outlined" onClick={() => void fetchNextPage()}>{text.run.loadMore}</Button>}
    </>
  );
}

function Row({ session, onEnd }: { session: SignedInDevice; onEnd: () => void }) {
  return (
    <li className={styles.row}>
      <div className={styles.rowText}>
        <p className="foreign">
          {shown(nameOf(session.device), 120)}
          {session.current && <span className={styles.tag}>{words.thisOne}</span>}
        </p>
        <p className={styles.small}>
          {session.address && <>{words.from} {shown(session.address, 60)} · </>}
          {words.lastUsed} <RelativeTime at={session.last_used_at} /> · {words.ends} <RelativeTime at={session.expires_at} />
        </p>
      </div>
      <ConfirmWithUndo label={words.end} title={words.endTitle} announce={words.ending} onConfirm={onEnd}>{words.endWhat}</ConfirmWithUndo>
    </li>
  );
}

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]] as const;
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]] as const;

/** "Firefox on Linux" from what a browser calls itself; anything else as it is. */
export function nameOf(device: string | null | undefined): string {
  if (!device) return words.unknownDevice;
  const browser = BROWSERS.find(([sign]) => device.includes(sign))?.[1];
  const system = SYSTEMS.find(([sign]) => device.includes(sign))?.[1];
  return browser !== undefined && system !== undefined ? `${browser} on ${system}` : device;
}
