/** Oneself: who one is, how things look, password, sessions, keys. */
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../../app/session/me";
import { Page, Section } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { ApiKeys } from "./ApiKeys";
import { Look } from "./Look";
import { Password } from "./Password";
import styles from "./profile.module.css";
import { Sessions } from "./Sessions";

const words = text.profile;

export function ProfilePage() {
  const { data: me, error } = useQuery(meQuery);
  return (
    <Page title={words.title}>
      {error !== null && <ProblemAlert error={error} />}
      {me && (
        <Section title={words.who}>
          <p className={`${styles.name} foreign`}>{shown(me.user.display_name, 200)}</p>
          <dl className={styles.facts}>
            <dt>{words.email}</dt><dd className="foreign">{shown(me.user.email, 320)}</dd>
            <dt>{words.role}</dt><dd className="foreign">{shown(me.user.role, 100)}</dd>
            <dt>{words.since}</dt><dd><RelativeTime at={me.user.created_at} /></dd>
            <dt>{words.grants}</dt><dd className={styles.grants}>{me.grants.map((grant) => <code key={grant}>{shown(grant, 80)}</code>)}</dd>
          </dl>
        </Section>
      )}
      <Section title={words.look} what={words.lookWhat}><Look /></Section>
      <Section title={words.password} what={words.passwordWhat}><Password email={me?.user.email ?? ""} /></Section>
      <Section title={words.sessions} what={words.sessionsWhat}><Sessions /></Section>
      <Section title={words.keys} what={words.keysWhat}><ApiKeys /></Section>
    </Page>
  );
}
