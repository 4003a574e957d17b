/** The jobs: defined work, and running it by name. */
import { useState } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { Job } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { Facts } from "../../components/Facts";
import { formatDuration } from "../../components/format";
import { ListDetail } from "../../components/ListDetail";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { JobGraph } from "../workflows/JobGraph";
import { WORKFLOW } from "../workflows/queries";
import { endJob, jobQuery, jobsQuery } from "./queries";
import { RunJob } from "./RunJob";

const words = text.jobs;

const COLUMNS: readonly Column<Job>[] = [
  { id: "name", label: words.columns.name, width: "minmax(110px, 1.2fr)", cell: (job) => <b>{shown(job.name, 100)}</b>, value: (job) => job.name },
  { id: "kind", label: words.columns.kind, width: "minmax(90px, 1fr)", cell: (job) => shown(job.kind.name, 100), value: (job) => job.kind.name },
  { id: "description", label: words.columns.description, width: "minmax(100px, 2fr)", from: 700, cell: (job) => shown(job.description, 200), value: (job) => job.description },
  { id: "version", label: words.columns.version, width: "64px", end: true, from: 380, cell: (job) => job.version, value: (job) => job.version },
  { id: "queue", label: words.columns.queue, width: "110px", from: 620, cell: (job) => shown(job.queue, 60), value: (job) => job.queue },
  { id: "changed", label: words.columns.changed, width: "84px", end: true, from: 480, cell: (job) => <RelativeTime at={job.created_at} quiet />, value: (job) => job.created_at },
];

export function JobsPage() {
  const { job: name } = useSearch({ from: "/frame/jobs" });
  const navigate = useNavigate();
  const jobs = usePages(jobsQuery);
  const noDefine = useMissing("jobs:write");
  const show = (job: string | undefined) => void navigate({ to: "/jobs", search: job === undefined ? {} : { job } });
  const define = () => void navigate({ to: "/define-job" });
  useShortcuts(noDefine === undefined ? [{ keys: "n", label: words.define, group: words.title, run: define }] : []);
  const add = <ActionButton label={words.define} icon="add" disabledWhy={noDefine} onClick={define} />;
  const detail = useJobDetail(name, () => show(undefined));
  return (
    <Page fill title={words.title} actions={add}>
      <ListDetail detail={detail}>
        {jobs.error !== null && jobs.rows.length === 0 && <div className={styles.inset}><ProblemAlert error={jobs.error} /></div>}
        {jobs.rows.length === 0 && !jobs.isPending && jobs.error === null && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
        {jobs.rows.length > 0 && (
          <DataTable label={words.title} columns={COLUMNS} rows={jobs.rows} rowKey={(job) => job.name} rowLabel={(job) => job.name} openKey={name} onOpen={(job) => show(job.name)} more={jobs.more} memory="jobs" />
        )}
      </ListDetail>
    </Page>
  );
}

function useJobDetail(name: string | undefined, onClose: () => void) {
  const { data, error } = useQuery({ ...jobQuery(name ?? ""), enabled: name !== undefined });
  if (name === undefined) return undefined;
  const label = words.job(shown(name, 100));
  if (data === undefined) return { label, heading: <h2>{label}</h2>, body: error === null ? null : <ProblemAlert error={error} />, onClose };
  const job = data.value;
  return {
    label,
    heading: <><div className={styles.heading}><h2>{shown(job.name, 200)}</h2><span className={styles.tag}>{words.version(job.version)}</span></div><p className={styles.soft}>{shown(job.description, 1000)}</p></>,
    actions: <JobActions job={job} onEnded={onClose} />,
    body: <JobDetail job={job} />,
    onClose,
  };
}

function JobActions({ job, onEnded }: { job: Job; onEnded: () => void }) {
  const [running, setRunning] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const noRun = useMissing("runs:submit");
  const noWrite = useMissing("jobs:write");
  const noSchedule = useMissing("schedules:write");
  const name = shown(job.name, 80);
  const end = useMutation({
    mutationFn: () => endJob(job.name),
    onSuccess: () => {
      notify(words.ended(name));
      onEnded();
    },
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  return (
    <>
      <ActionButton label={words.run} icon="play" disabledWhy={noRun} onClick={() => setRunning(true)} />
      <ActionButton label={words.schedule} icon="schedules" disabledWhy={noSchedule} onClick={() => void navigate({ to: "/define-schedule", search: { job: job.name } })} />
      <ActionButton label={words.change} disabledWhy={noWrite ?? (job.kind.name === WORKFLOW ? words.ofSteps : undefined)} onClick={() => void navigate({ to: "/define-job", search: { job: job.name } })} />
      <ConfirmWithUndo danger label={words.end} title={words.endTitle(name)} announce={words.ending(name)} disabledWhy={noWrite} onConfirm={() => end.mutate()}>{words.endWhat}</ConfirmWithUndo>
      {running && <RunJob job={job} onClose={() => setRunning(false)} />}
    </>
  );
}

function JobDetail({ job }: { job: Job }) {
  const isBare = Object.keys(job.parameters).length === 0;
  return (
    <>
      <Facts rows={[
        [words.facts.kind, <Link key="kind" to="/kinds" search={{ kind: job.kind.name }}>{shown(job.kind.name, 100)}</Link>],
        [words.facts.queue, shown(job.queue, 100)],
        [words.facts.priority, job.priority],
        [words.facts.requires, shown(job.requires.join(", "), 300)],
        [words.facts.limit, shown(job.limits.map(({ key }) => key).join(", "), 300)],
        [words.facts.attempts, job.max_attempts ?? words.facts.ofKind],
        [words.facts.timeout, job.timeout_ms ? formatDuration(job.timeout_ms) : words.facts.ofKind],
        [words.facts.made, <RelativeTime key="made" at={job.created_at} />],
      ]} />
      {job.kind.name === WORKFLOW && <JobGraph job={job} />}
      <section className={styles.stack}>
        <h3>{words.parameters}</h3>
        {isBare ? <p className={styles.soft}>{words.noParameters}</p> : <JsonView value={job.parameters} label={words.parameters} />}
      </section>
      <p className={styles.actions}><Link to="/runs" search={{ kind: job.kind.name }}>{words.runs}</Link></p>
    </>
  );
}
