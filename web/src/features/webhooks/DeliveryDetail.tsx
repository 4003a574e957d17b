/** One delivery: what was sent, and what was answered to each try. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { DeliveryTry, Webhook } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import { formatDuration } from "../../components/format";
import { IdChip } from "../../components/IdChip";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { deliveryQuery, replayDelivery } from "./queries";
import own from "./webhooks.module.css";

const words = text.webhooks;

export function DeliveryDetail({ webhook, delivery: id }: { webhook: Webhook; delivery: string }) {
  const { data, error } = useQuery(deliveryQuery(webhook.id, id));
  const client = useQueryClient();
  const missing = useMissing("webhooks:write");
  const replay = useMutation({
    mutationFn: () => replayDelivery(webhook.id, id),
    onSuccess: () => notify(words.replayed),
    onError: (problem) => notify(shown(asProblem(problem).detail, 300), "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  if (data === undefined) return error === null ? null : <ProblemAlert error={error} />;
  const moment = (at: string | null | undefined) => at && <RelativeTime at={at} />;
  const label = words.delivery(shown(data.type, 80));
  return (
    <section className={own.delivery} aria-label={label}>
      <div className={styles.between}>
        <div className={styles.heading}><h4>{label}</h4><StateBadge state={data.state} /></div>
        <ActionButton label={words.replay} icon="retry" disabledWhy={missing ?? (webhook.enabled ? undefined : words.pausedWhy)} onClick={() => replay.mutate()} />
      </div>
      <Facts rows={[
        [words.deliveryFacts.id, <IdChip key="id" id={data.id} label={words.deliveryFacts.id} />],
        [words.deliveryFacts.made, moment(data.created_at)],
        [words.deliveryFacts.settled, moment(data.settled_at)],
        [words.deliveryFacts.next, moment(data.try_at)],
      ]} />
      <h5>{words.tries}</h5>
      {data.attempts.length === 0 && <p className={styles.soft}>{words.noTries}</p>}
      {data.attempts.length > 0 && <ol className={own.tries}>{data.attempts.toReversed().map((one) => <Try key={one.number} answer={one} />)}</ol>}
      <h5>{words.body}</h5>
      <JsonView value={data.body} label={words.body} />
    </section>
  );
}

function Try({ answer }: { answer: DeliveryTry }) {
  const { status, error, excerpt } = answer;
  const isGood = typeof status === "number" && status >= 200 && status < 300;
  return (
    <li className={own.try} data-good={isGood || undefined}>
      <p className={own.line}>
        <b>{words.try(answer.number)}</b>
        <span className={own.answer}>{typeof status === "number" ? words.status(status) : words.noAnswer}</span>
        <span className={styles.soft}>{formatDuration(answer.took_ms)} · <RelativeTime at={answer.tried_at} /></span>
      </p>
      {error && <p className="foreign">{shown(error, 600)}</p>}
      {excerpt && <pre className={own.excerpt} tabIndex={0} aria-label={words.began}>{shown(excerpt, 2000)}</pre>}
    </li>
  );
}
