/** Where postings come from, and how each source fares. */
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Source } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { formatCount } from "../../components/format";
import { HealthBadge } from "../../components/Health";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { AddSource } from "./AddSource";
import { lastSyncQuery, sourcesQuery } from "./queries";
import { SyncNow } from "./SyncNow";

const words = text.sources;

const COLUMNS: readonly Column<Source>[] = [
  { id: "condition", label: words.columns.condition, width: "minmax(104px, 136px)", cell: (source) => <HealthBadge condition={source.condition} />, value: (source) => source.condition },
  {
    id: "name", label: words.columns.name, width: "minmax(110px, 1.4fr)", value: (source) => source.name,
    cell: (source) => <Link to="/sources/$source" params={{ source: source.name }} tabIndex={-1} title={shown(source.message ?? "", 300)}>{shown(source.title || source.name, 120)}</Link>,
  },
  { id: "address", label: words.columns.address, width: "minmax(120px, 1fr)", from: 900, cell: (source) => <code>{shown(source.url, 120)}</code>, value: (source) => source.url },
  { id: "checked", label: words.columns.checked, width: "84px", end: true, from: 700, cell: (source) => source.checked_at && <RelativeTime at={source.checked_at} quiet />, value: (source) => source.checked_at },
  { id: "last", label: words.columns.last, width: "84px", end: true, from: 420, cell: (source) => <LastSync name={source.name} what="when" />, value: () => null },
  { id: "new", label: words.columns.new, width: "72px", end: true, from: 520, cell: (source) => <LastSync name={source.name} what="new" />, value: () => null },
  { id: "sync", label: words.columns.sync, width: "116px", end: true, from: 520, cell: (source) => <SyncNow source={source} />, value: () => null },
];

function LastSync({ name, what }: { name: string; what: "when" | "new" }) {
  const { data } = useQuery(lastSyncQuery(name));
  if (data === undefined) return null;
  if (data === null) return <>{what === "when" ? words.never : text.common.none}</>;
  return what === "when" ? <RelativeTime at={data.ended_at ?? data.started_at} quiet /> : <>{formatCount(data.new)}</>;
}

export function SourcesPage() {
  const { data, error } = useQuery(sourcesQuery);
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const missing = useMissing("sources:manage");
  useShortcuts(missing === undefined ? [{ keys: "n", label: words.add, group: words.title, run: () => setAdding(true) }] : []);
  const add = <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} />;
  return (
    <Page fill title={words.title} actions={add}>
      <div className={styles.column}>
        {error !== null && data === undefined && <div className={styles.inset}><ProblemAlert error={error} /></div>}
        {data?.length === 0 && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
        {data !== undefined && data.length > 0 && (
          <DataTable
            label={words.title}
            columns={COLUMNS}
            rows={data}
            rowKey={(source) => source.name}
            rowLabel={(source) => source.title}
            onOpen={(source) => void navigate({ to: "/sources/$source", params: { source: source.name } })}
            memory="sources"
          />
        )}
      </div>
      {adding && <AddSource onClose={() => setAdding(false)} />}
    </Page>
  );
}
