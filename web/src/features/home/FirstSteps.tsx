/** The way from an empty installation to a synced source, a search and a finished run. Goes away when it is done or hidden. */
import IconButton from "@mui/material/IconButton";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { usePreference } from "../../app/theme/preferences";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import { POSTINGS_SEARCHED } from "../postings/searched";
import { countsQuery } from "../runs/queries";
import styles from "./home.module.css";
import { postingCountQuery, recentQuery } from "./queries";

const words = text.home.steps;
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
/** What an installation runs by itself is no first run of one's own. */
const BY_ITSELF = "source.sync";

export function FirstSteps() {
  const [hidden, setHidden] = usePreference("first-steps.hidden", false, isBoolean);
  const [searched] = usePreference(POSTINGS_SEARCHED, false, isBoolean);
  const postings = useQuery({ ...postingCountQuery, enabled: !hidden }).data;
  const counts = useQuery({ ...countsQuery, enabled: !hidden }).data;
  const recent = useQuery({ ...recentQuery, enabled: !hidden }).data;
  if (hidden || postings === undefined || counts === undefined || recent === undefined) return null;
  const hasRun = recent.items.some((run) => run.state === "succeeded" && run.kind.name !== BY_ITSELF);
  if (postings > 0 && searched && hasRun) return null;
  return (
    <section className={styles.steps} aria-label={words.title}>
      <div className={styles.blockHead}><h2>{words.title}</h2><IconButton onClick={() => setHidden(true)} aria-label={words.hide}><Icon name="close" size={16} /></IconButton></div>
      <ol>
        <Step number={1} title={words.sync} what={words.syncWhat} done={postings > 0}><Link to="/sources">{words.syncGo}</Link></Step>
        <Step number={2} title={words.search} what={words.searchWhat} done={searched}><Link to="/postings">{words.searchGo}</Link></Step>
        <Step number={3} title={words.run} what={words.runWhat} done={hasRun}><Link to="/kinds" search={{ kind: "fibonacci" }}>{words.runGo}</Link></Step>
      </ol>
    </section>
  );
}

function Step({ number, title, what, done, children }: { number: number; title: string; what: string; done: boolean; children: ReactNode }) {
  return (
    <li className={styles.step}>
      <span className={styles.mark} data-done={done || undefined}>{done ? <Icon name="check" size={14} /> : number}{done && <span className="unseen">{words.done}</span>}</span>
      <div><h3>{title}</h3><p>{what}</p>{children}</div>
    </li>
  );
}
