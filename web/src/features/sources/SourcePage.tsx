/** One source: how it fares and fared, its syncs with what each rejected, and a sync as it happens. */
import { useState } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import type { Source } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import { conditionWord, HealthBadge } from "../../components/Health";
import { Page, Section } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { HealthHistory } from "./HealthHistory";
import { checkSource, removeSource, sourceQuery } from "./queries";
import { SyncList } from "./SyncList";
import { SyncNow } from "./SyncNow";
import { SyncProgress } from "./SyncProgress";

const words = text.sources;

export function SourcePage() {
  const { source: name } = useParams({ from: "/frame/sources/$source" });
  const { data: source, error } = useQuery(sourceQuery(name));
  const [run, setRun] = useState<string>();
  if (source === undefined) return <Page title={shown(name, 80)}>{error !== null && <ProblemAlert error={error} />}</Page>;
  return (
    <Page title={shown(source.title || source.name, 120)} heading={<Heading source={source} />} actions={<Actions source={source} onStarted={setRun} />}>
      {run !== undefined && <SyncProgress key={run} source={source.name} run={run} />}
      <Section title={words.health} what={words.healthWhat}>
        {source.message && <p className="foreign" role="note">{shown(source.message, 1000)}</p>}
        <HealthHistory source={source.name} />
        <SourceFacts source={source} />
      </Section>
      <SyncList source={source.name} />
    </Page>
  );
}

function Heading({ source }: { source: Source }) {
  return (
    <div className={styles.heading}>
      <h1>{shown(source.title || source.name, 200)}</h1>
      <HealthBadge condition={source.condition} />
      {source.demo && <span className={styles.tag}>{words.demo}</span>}
    </div>
  );
}

function SourceFacts({ source }: { source: Source }) {
  const origins: Readonly<Record<string, string | undefined>> = words.origins;
  const contracts: Readonly<Record<number, string | undefined>> = words.contracts;
  return (
    <Facts rows={[
      [words.facts.address, <code key="url">{shown(source.url, 400)}</code>],
      [words.facts.contract, contracts[source.contract] ?? source.contract],
      [words.facts.origin, origins[source.origin] ?? shown(source.origin, 60)],
      [words.facts.since, <RelativeTime key="since" at={source.created_at} />],
      [words.facts.checked, source.checked_at && <RelativeTime at={source.checked_at} />],
    ]} />
  );
}

function Actions({ source, onStarted }: { source: Source; onStarted: (run: string) => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const missing = useMissing("sources:manage");
  const name = shown(source.title || source.name, 60);
  const refused = (problem: unknown) => notify(asProblem(problem).detail, "failed");
  const check = useMutation({
    mutationFn: () => checkSource(source.name),
    onSuccess: (now) => notify(words.checked(name, conditionWord(now.condition))),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: ["sources"] }),
  });
  const remove = useMutation({
    mutationFn: () => removeSource(source.name),
    onSuccess: async (gone) => {
      notify(words.removed(gone.sightings));
      await navigate({ to: "/sources" });
      client.removeQueries({ queryKey: ["sources", "one", source.name] });
      await client.invalidateQueries({ queryKey: ["sources"] });
    },
    onError: refused,
  });
  return (
    <>
      <SyncNow source={source} onStarted={onStarted} />
      <ActionButton label={words.check} disabledWhy={missing} onClick={() => check.mutate()} />
      <Link to="/postings" search={{ source: source.name }} className={styles.actions}>{words.postings}</Link>
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={missing ?? (source.origin === "built_in" ? words.builtIn : undefined)} onConfirm={() => remove.mutate()}>
        {words.removeWhat}
      </ConfirmWithUndo>
    </>
  );
}
