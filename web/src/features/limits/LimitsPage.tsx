/** The limits that tasks share by a key: what each allows, how full it is and who waits. */
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { Limit } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { formatCount } from "../../components/format";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { LimitDialog } from "./LimitDialog";
import { deleteLimit, limitsQuery } from "./queries";

const words = text.limits;

const rateOf = ({ rate }: Limit): string => (rate ? words.rate(rate.count, rate.per_seconds, rate.burst ?? 1) : words.unlimited);
const concurrencyOf = ({ concurrency }: Limit): string => (typeof concurrency === "number" ? formatCount(concurrency) : words.unlimited);
const waitingOf = (limit: Limit): string => (limit.more ? words.more(formatCount(limit.ready)) : formatCount(limit.ready));

const COLUMNS: readonly Column<Limit>[] = [
  { id: "key", label: words.columns.key, width: "minmax(100px, 1.4fr)", cell: (limit) => <b>{shown(limit.key, 200)}</b>, value: (limit) => limit.key },
  { id: "concurrency", label: words.columns.concurrency, width: "80px", end: true, from: 480, cell: concurrencyOf, value: (limit) => limit.concurrency },
  { id: "rate", label: words.columns.rate, width: "minmax(110px, 1fr)", from: 760, cell: rateOf, value: rateOf },
  { id: "inUse", label: words.columns.inUse, width: "64px", end: true, cell: (limit) => formatCount(limit.in_use), value: (limit) => limit.in_use },
  { id: "waiting", label: words.columns.waiting, width: "72px", end: true, cell: waitingOf, value: (limit) => limit.ready },
  { id: "next", label: words.columns.next, width: "110px", end: true, from: 900, cell: (limit) => (limit.next_token_at ? <RelativeTime at={limit.next_token_at} quiet /> : words.now), value: (limit) => limit.next_token_at },
  { id: "actions", label: words.columns.actions, width: "180px", end: true, from: 620, cell: (limit) => <Actions limit={limit} />, value: () => null },
];

export function LimitsPage() {
  const { rows, error, isPending, more } = usePages(limitsQuery);
  const [setting, setSetting] = useState<Limit | "new">();
  const missing = useMissing("queues:manage");
  const add = <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setSetting("new")} />;
  return (
    <Page fill title={words.title} heading={<><h1>{words.title}</h1><p className={styles.soft}>{words.what}</p></>} actions={add}>
      <div className={styles.column}>
        {error !== null && rows.length === 0 && <div className={styles.inset}><ProblemAlert error={error} /></div>}
        {rows.length === 0 && !isPending && error === null && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
        {rows.length > 0 && <DataTable label={words.title} columns={COLUMNS} rows={rows} rowKey={(limit) => limit.key} rowLabel={(limit) => limit.key} onOpen={(limit) => missing === undefined && setSetting(limit)} more={more} memory="limits" />}
      </div>
      {setting && <LimitDialog before={setting === "new" ? undefined : setting} onClose={() => setSetting(undefined)} />}
    </Page>
  );
}

function Actions({ limit }: { limit: Limit }) {
  const client = useQueryClient();
  const [changing, setChanging] = useState(false);
  const missing = useMissing("queues:manage");
  const key = shown(limit.key, 80);
  const remove = useMutation({
    mutationFn: () => deleteLimit(limit.key),
    onSuccess: () => notify(words.removed(key)),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["limits"] }),
  });
  return (
    <span className={styles.rowActions}>
      <ActionButton label={words.change} disabledWhy={missing} onClick={() => setChanging(true)} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(key)} announce={words.removing(key)} disabledWhy={missing} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
      {changing && <LimitDialog before={limit} onClose={() => setChanging(false)} />}
    </span>
  );
}
