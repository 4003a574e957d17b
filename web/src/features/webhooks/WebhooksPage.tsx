/** One's webhooks: where events are told to programs elsewhere, and how each fares. */
import { useState } from "react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Webhook } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { HealthBadge } from "../../components/Health";
import { ListDetail } from "../../components/ListDetail";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { webhooksQuery } from "./queries";
import { conditionOf, typesOf } from "./reading";
import { useWebhookDetail } from "./WebhookDetail";
import { AddWebhook } from "./WebhookDialogs";

const words = text.webhooks;

const COLUMNS: readonly Column<Webhook>[] = [
  { id: "name", label: words.columns.name, width: "minmax(100px, 1fr)", cell: (webhook) => <b>{shown(webhook.name, 100)}</b>, value: (webhook) => webhook.name },
  { id: "state", label: words.columns.state, width: "120px", cell: (webhook) => <HealthBadge condition={conditionOf(webhook)} />, value: conditionOf },
  { id: "url", label: words.columns.url, width: "minmax(120px, 2fr)", from: 480, cell: (webhook) => <span title={shown(webhook.url, 400)}>{shown(webhook.url, 200)}</span>, value: (webhook) => webhook.url },
  { id: "types", label: words.columns.types, width: "minmax(90px, 1fr)", from: 640, cell: (webhook) => <span title={shown(typesOf(webhook), 400)}>{shown(typesOf(webhook), 200)}</span>, value: typesOf },
  { id: "since", label: words.columns.since, width: "84px", end: true, from: 820, cell: (webhook) => <RelativeTime at={webhook.created_at} quiet />, value: (webhook) => webhook.created_at },
];

export function WebhooksPage() {
  const { webhook: name } = useSearch({ from: "/frame/webhooks" });
  const navigate = useNavigate();
  const list = usePages(webhooksQuery);
  const [adding, setAdding] = useState(false);
  const missing = useMissing("webhooks:write");
  const show = (webhook: string | undefined) => navigate({ to: "/webhooks", search: webhook === undefined ? {} : { webhook } });
  useShortcuts(missing === undefined ? [{ keys: "n", label: words.add, group: words.title, run: () => setAdding(true) }] : []);
  const add = <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} />;
  const detail = useWebhookDetail(name, () => show(undefined));
  return (
    <Page fill title={words.title} heading={<><h1>{words.title}</h1><p className={styles.soft}>{words.what}</p></>} actions={add}>
      <ListDetail detail={detail}>
        {list.error !== null && list.rows.length === 0 && <div className={styles.inset}><ProblemAlert error={list.error} /></div>}
        {list.rows.length === 0 && !list.isPending && list.error === null && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
        {list.rows.length > 0 && (
          <DataTable label={words.title} columns={COLUMNS} rows={list.rows} rowKey={(webhook) => webhook.id} rowLabel={(webhook) => webhook.name} openKey={list.rows.find((webhook) => webhook.name === name || webhook.id === name)?.id} onOpen={(webhook) => void show(webhook.name)} more={list.more} memory="webhooks" />
        )}
      </ListDetail>
      {adding && <AddWebhook onClose={() => setAdding(false)} onMade={(webhook) => show(webhook.name)} />}
    </Page>
  );
}
