/** One's keys for programs. A key is shown once, when it is made. */
import { useState } from "react";
import Button from "@mui/material/Button";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import type { ApiKey } from "../../api/types";
import { CommandLine } from "../../components/CommandLine";
import { ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Icon } from "../../components/Icon";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { NewKey } from "./NewKey";
import styles from "./profile.module.css";

const words = text.profile;

export function ApiKeys() {
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<string>();
  const { data, error, isPending, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["api-keys"],
    queryFn: ({ pageParam }) => take(api.GET("/api/v1/api-keys", { params: { query: { limit: 100, ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => take(api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  const keys = data?.pages.flatMap((page) => page.items) ?? [];
  const problem = error ?? revoke.error;
  const finish = async (key: string) => {
    setMade(key);
    setMaking(false);
    await client.invalidateQueries({ queryKey: ["api-keys"] });
  };
  return (
    <>
      {problem !== null && <ProblemAlert error={problem} />}
      {made !== undefined && (
        <div className={styles.once} role="alert">
          <p>{words.keyOnce}</p>
          <CommandLine command={made} label={words.keys} />
          <Button variant="contained" onClick={() => setMade(undefined)}>{words.keyDone}</Button>
        </div>
      )}
      {keys.length === 0 && !isPending && error === null && <p className={styles.small}>{words.noKeys}</p>}
      {keys.length > 0 && <ul className={styles.rows}>{keys.map((key) => <Row key={key.id} apiKey={key} onRevoke={() => revoke.mutate(key.id)} />)}</ul>}
      {hasNextPage && <Button variant="outlined" onClick={() => void fetchNextPage()}>{text.run.loadMore}</Button>}
      {made === undefined && !making && (
        <div><Button variant="outlined" startIcon={<Icon name="add" size={16} />} onClick={() => setMaking(true)}>{words.makeKey}</Button></div>
      )}
      {making && <NewKey onMade={(key) => void finish(key)} onCancel={() => setMaking(false)} />}
    </>
  );
}

function Row({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const isOver = apiKey.expires_at ? Date.parse(apiKey.expires_at) <= Date.now() : false;
  const state = apiKey.revoked_at ? words.revoked : isOver ? words.expired : undefined;
  return (
    <li className={`${styles.row} ${state === undefined ? "" : styles.off}`}>
      <div className={styles.rowText}>
        <p className="foreign">
          {shown(apiKey.name, 120)}
          {state !== undefined && <span className={styles.tag}>{state}</span>}
          {apiKey.kinds.length > 0 && <span className={styles.tag}>{words.workerKey}</span>}
        </p>
        <p className={styles.small}>
          <code>{shown(apiKey.prefix, 40)}…</code> · {apiKey.last_used_at ? <>{words.used} <RelativeTime at={apiKey.last_used_at} /></> : words.never}
          {apiKey.expires_at && <> · {words.ends} <RelativeTime at={apiKey.expires_at} /></>}
        </p>
        <p className={styles.small}>{shown(apiKey.grants.join(", "), 400)}</p>
      </div>
      {state === undefined && (
        <ConfirmWithUndo danger label={words.revoke} title={words.revokeTitle} announce={words.revoking} onConfirm={onRevoke}>{words.revokeWhat}</ConfirmWithUndo>
      )}
    </li>
  );
}
