/** A run at a glance: who, since when, how far, and why it waits or failed. */
import type { Run } from "../../api/types";
import { useMe } from "../../app/session/me";
import { Count } from "../../components/Count";
import { ProgressBar } from "../../components/ProgressBar";
import { Reason } from "../../components/Reason";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { isOpen, TASK_STATES, wordOf } from "../../components/state";
import { StateGlyph } from "../../components/StateBadge";
import { text } from "../../texts";
import { ended } from "./columns";
import styles from "./runs.module.css";
import { Took } from "./Took";

export function RunSummary({ run }: { run: Run }) {
  return (
    <section className={styles.summary}>
      <p className={styles.facts}>
        <b>{text.run.counts(ended(run), run.size)}</b>
        {run.started_at && <span>{isOpen(run.state) ? text.run.running : text.run.took} <b><Took run={run} /></b></span>}
        <span>{text.run.submitted} <RelativeTime at={run.created_at} /></span>
        <Who run={run} />
        {run.epoch > 1 && <span>{text.run.replay(run.epoch)}</span>}
      </p>
      <div className={styles.bar}><ProgressBar counts={run.tasks} size={run.size} /></div>
      <ul className={styles.legend}>
        {TASK_STATES.filter((state) => run.tasks[state] > 0).map((state) => (
          <li key={state} className={styles.legendItem}><StateGlyph state={state} /><Count value={run.tasks[state]} />{wordOf(state)}</li>
        ))}
      </ul>
      <Reason state={run.state} reason={run.reason} />
    </section>
  );
}

function Who({ run }: { run: Run }) {
  const me = useMe();
  const actor = run.actor as { type?: unknown; name?: unknown; id?: unknown };
  const type = typeof actor.type === "string" ? actor.type : "";
  const words: Readonly<Record<string, string>> = text.run.actors;
  const isMe = type === "user" && actor.id === me?.user.id;
  const name = typeof actor.name === "string" ? ` ${shown(actor.name, 60)}` : "";
  return (
    <span className="foreign">
      {text.run.by} <b>{isMe ? text.run.actors.you : `${words[type] ?? shown(type, 40)}${name}`}</b> {text.run.via} {shown(run.trigger, 40)}
    </span>
  );
}
