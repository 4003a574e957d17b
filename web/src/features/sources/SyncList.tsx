/** The passes over a source, each with its honest account. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Sync } from "../../api/types";
import { DataTable, type Column } from "../../components/DataTable";
import { formatCount } from "../../components/format";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { Took } from "../runs/Took";
import { syncsQuery } from "./queries";
import styles from "./sources.module.css";
import { SyncDetails } from "./SyncDetails";

const words = text.sources;
const labels = words.syncColumns;
/** Rows in sight before the table scrolls by itself. */
const ROWS = 10;

const count = (id: "fetched" | "new" | "updated" | "duplicate" | "rejected", from: number): Column<Sync> => ({
  id, label: labels[id], width: "minmax(58px, 92px)", end: true, from, cell: (sync) => formatCount(sync[id]), value: (sync) => sync[id],
});

const COLUMNS: readonly Column<Sync>[] = [
  { id: "state", label: labels.state, width: "minmax(104px, 1fr)", cell: (sync) => <StateBadge state={sync.state} />, value: (sync) => sync.state },
  { id: "began", label: labels.began, width: "84px", end: true, cell: (sync) => <RelativeTime at={sync.started_at} quiet />, value: (sync) => sync.started_at },
  { id: "took", label: labels.took, width: "84px", end: true, from: 560, cell: (sync) => <Took run={sync} />, value: (sync) => sync.ended_at },
  count("fetched", 0), count("new", 420), count("updated", 620), count("duplicate", 700), count("rejected", 340),
];

export function SyncList({ source }: { source: string }) {
  const { rows, error, isPending, more } = usePages(syncsQuery(source));
  const { sync: open } = useSearch({ from: "/frame/sources/$source" });
  const navigate = useNavigate();
  const show = (sync: string | undefined) => void navigate({ to: "/sources/$source", params: { source }, search: sync === undefined ? {} : { sync }, replace: true, resetScroll: false });
  const shown = rows.find((sync) => sync.id === open) ?? rows.find((sync) => sync.rejected > 0 && open === undefined) ?? (open === undefined ? rows[0] : undefined);
  return (
    <section className={styles.syncs} aria-label={words.syncs}>
      <div><h2>{words.syncs}</h2><p className={parts.soft}>{words.syncsWhat}</p></div>
      {error !== null && rows.length === 0 && <ProblemAlert error={error} />}
      {rows.length === 0 && !isPending && error === null && <p>{words.noSyncs}</p>}
      {rows.length > 0 && (
        <div className={styles.table} style={{ height: `calc(36px + ${Math.min(rows.length, ROWS)} * var(--row))` }}>
          <DataTable label={words.syncs} columns={COLUMNS} rows={rows} rowKey={(sync) => sync.id} rowLabel={(sync) => sync.started_at} openKey={shown?.id} onOpen={(sync) => show(sync.id)} more={more} memory={`syncs ${source}`} />
        </div>
      )}
      {shown && <SyncDetails sync={shown} />}
    </section>
  );
}
