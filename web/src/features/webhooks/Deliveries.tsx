/** What was sent to a webhook, the latest first, and sending it again. */
import { useState } from "react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Delivery, Webhook } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { formatCount } from "../../components/format";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { DeliveryDetail } from "./DeliveryDetail";
import { deliveriesQuery } from "./queries";
import { ReplayMany } from "./ReplayMany";

const words = text.webhooks;
const labels = words.deliveryColumns;
const STATES = ["waiting", "delivered", "failed"] as const;
/** Rows in sight before the table scrolls by itself. */
const ROWS = 8;

const COLUMNS: readonly Column<Delivery>[] = [
  { id: "state", label: labels.state, width: "112px", cell: (delivery) => <StateBadge state={delivery.state} />, value: (delivery) => delivery.state },
  { id: "type", label: labels.type, width: "minmax(100px, 1fr)", cell: (delivery) => shown(delivery.type, 100), value: (delivery) => delivery.type },
  { id: "tries", label: labels.answer, width: "56px", end: true, from: 380, cell: (delivery) => formatCount(delivery.tries), value: (delivery) => delivery.tries },
  { id: "next", label: labels.next, width: "84px", end: true, from: 460, cell: (delivery) => delivery.try_at && <RelativeTime at={delivery.try_at} quiet />, value: (delivery) => delivery.try_at },
  { id: "made", label: labels.made, width: "84px", end: true, cell: (delivery) => <RelativeTime at={delivery.created_at} quiet />, value: (delivery) => delivery.created_at },
];

export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { delivery: open, state: asked } = useSearch({ from: "/frame/webhooks" });
  const state = STATES.find((one) => one === asked);
  const navigate = useNavigate({ from: "/webhooks" });
  const list = usePages(deliveriesQuery(webhook.id, state));
  const show = (delivery: Delivery) => void navigate({ search: (before) => ({ ...before, delivery: delivery.id }), replace: true });
  return (
    <section className={styles.stack} aria-label={words.deliveries}>
      <div className={styles.between}>
        <h3>{words.deliveries}</h3>
        <div className={styles.actions}>
          <select className={styles.select} aria-label={words.deliveryColumns.state} value={state ?? ""} onChange={(event) => void navigate({ search: (before) => ({ ...before, state: event.target.value || undefined }), replace: true })}>
            <option value="">{words.allStates}</option>
            {STATES.map((one) => <option key={one} value={one}>{words.deliveryStates[one]}</option>)}
          </select>
          <Replay webhook={webhook} />
        </div>
      </div>
      {list.error !== null && list.rows.length === 0 && <ProblemAlert error={list.error} />}
      {list.rows.length === 0 && !list.isPending && list.error === null && <p className={styles.soft}>{state === undefined ? words.noDeliveries : words.noneInState}</p>}
      {list.rows.length > 0 && (
        <div className={styles.boxed} style={{ height: `calc(34px + ${Math.min(list.rows.length, ROWS)} * var(--row))` }}>
          <DataTable label={words.deliveries} columns={COLUMNS} rows={list.rows} rowKey={(delivery) => delivery.id} rowLabel={(delivery) => delivery.type} openKey={open} onOpen={show} more={list.more} memory={`deliveries ${webhook.id} ${state ?? ""}`} />
        </div>
      )}
      {open === undefined ? list.rows.length > 0 && <p className={styles.soft}>{words.noDelivery}</p> : <DeliveryDetail webhook={webhook} delivery={open} />}
    </section>
  );
}

function Replay({ webhook }: { webhook: Webhook }) {
  const [open, setOpen] = useState(false);
  const missing = useMissing("webhooks:write");
  return (
    <>
      <ActionButton label={words.replayMany} icon="retry" disabledWhy={missing ?? (webhook.enabled ? undefined : words.pausedWhy)} onClick={() => setOpen(true)} />
      {open && <ReplayMany webhook={webhook} onClose={() => setOpen(false)} />}
    </>
  );
}
