/** One webhook: where it leads, whether anything arrives, and what was sent. */
import { useQuery } from "@tanstack/react-query";
import type { Webhook } from "../../api/types";
import { Facts } from "../../components/Facts";
import { HealthBadge } from "../../components/Health";
import { Icon } from "../../components/Icon";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { Tags } from "../../components/Tags";
import { text } from "../../texts";
import { Deliveries } from "./Deliveries";
import { webhookQuery } from "./queries";
import { conditionOf } from "./reading";
import { WebhookActions } from "./WebhookActions";

const words = text.webhooks;

export function useWebhookDetail(name: string | undefined, onClose: () => Promise<void>) {
  const { data, error } = useQuery({ ...webhookQuery(name ?? ""), enabled: name !== undefined });
  if (name === undefined) return undefined;
  const label = words.webhook(shown(name, 100));
  const close = () => void onClose();
  if (data === undefined) return { label, heading: <h2>{label}</h2>, body: error === null ? null : <ProblemAlert error={error} />, onClose: close };
  return {
    label,
    heading: <div className={styles.heading}><h2>{shown(data.value.name, 100)}</h2><HealthBadge condition={conditionOf(data.value)} /></div>,
    actions: <WebhookActions webhook={data} onGone={onClose} />,
    body: <><WhyOff webhook={data.value} /><About webhook={data.value} /><Deliveries webhook={data.value} /></>,
    onClose: close,
  };
}

function WhyOff({ webhook }: { webhook: Webhook }) {
  if (webhook.enabled) return null;
  return <p className={`${styles.noted} foreign`}><Icon name="pause" size={16} />{webhook.disabled_reason ? words.whyOff(shown(webhook.disabled_reason, 400)) : words.offByYou}</p>;
}

function About({ webhook }: { webhook: Webhook }) {
  return (
    <Facts rows={[
      [words.facts.url, shown(webhook.url, 400)],
      [words.facts.types, webhook.types.length === 0 ? words.all : <Tags key="types" mono names={webhook.types} />],
      [words.facts.failing, webhook.failing_since && <RelativeTime key="failing" at={webhook.failing_since} />],
      [words.facts.oldSecret, webhook.old_secret_until && Date.parse(webhook.old_secret_until) > Date.now() && <RelativeTime key="secret" at={webhook.old_secret_until} />],
      [words.facts.made, <RelativeTime key="made" at={webhook.created_at} />],
      [words.facts.changed, <RelativeTime key="changed" at={webhook.updated_at} />],
    ]} />
  );
}
