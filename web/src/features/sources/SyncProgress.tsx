/** A sync as it happens: its run, and the account that grows with it. */
import { useEffect, useRef } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import { Count } from "../../components/Count";
import { Reason } from "../../components/Reason";
import { isOpen } from "../../components/state";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { runQuery } from "../runs/queries";
import { syncsQuery } from "./queries";
import styles from "./sources.module.css";

const words = text.sources;
const NUMBERS = ["fetched", "new", "updated", "duplicate", "rejected"] as const;

export function SyncProgress({ source, run: id }: { source: string; run: string }) {
  const client = useQueryClient();
  const { data: run } = useQuery(runQuery(id));
  const sync = usePages(syncsQuery(source)).rows.find((one) => one.run === id);
  const ended = run !== undefined && !isOpen(run.state);
  const was = useRef(false);
  useEffect(() => {
    if (ended && !was.current) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "sources" || queryKey[0] === "postings" });
    was.current = ended;
  }, [ended, client]);
  if (run === undefined) return null;
  return (
    <section className={styles.progress} aria-label={words.syncing} aria-live="polite">
      <StateBadge state={run.state} />
      <Link to="/runs/$run" params={{ run: String(run.number) }}>{words.syncRun(run.number)}</Link>
      {sync === undefined && !ended && <span>{words.waitingToStart}</span>}
      {sync !== undefined && NUMBERS.map((name) => <span key={name} className={styles.number}>{words.syncColumns[name]} <b><Count value={sync[name]} /></b></span>)}
      <Reason state={run.state} reason={run.reason} />
    </section>
  );
}
