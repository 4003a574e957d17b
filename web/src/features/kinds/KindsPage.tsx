/** The kinds of work there are, what each takes and may do, and running one at once. */
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { Kind } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { Facts } from "../../components/Facts";
import { formatDuration } from "../../components/format";
import { Icon } from "../../components/Icon";
import { ListDetail } from "../../components/ListDetail";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { Tags } from "../../components/Tags";
import { text } from "../../texts";
import { kindsQuery } from "../runs/queries";
import { workersQuery } from "../workers/queries";
import { RunKind } from "./RunKind";

const words = text.kinds;

const COLUMNS: readonly Column<Kind>[] = [
  { id: "name", label: words.columns.name, width: "minmax(110px, 1fr)", cell: (kind) => <b>{shown(kind.name, 100)}</b>, value: (kind) => kind.name },
  { id: "description", label: words.columns.description, width: "minmax(120px, 2.4fr)", from: 480, cell: (kind) => shown(kind.description, 200), value: (kind) => kind.description },
  { id: "version", label: words.columns.version, width: "64px", end: true, cell: (kind) => kind.version, value: (kind) => kind.version },
  { id: "attempts", label: words.columns.attempts, width: "72px", end: true, from: 560, cell: (kind) => kind.max_attempts, value: (kind) => kind.max_attempts },
  { id: "timeout", label: words.columns.timeout, width: "108px", end: true, from: 700, cell: (kind) => formatDuration(kind.timeout_ms), value: (kind) => kind.timeout_ms },
];

export function KindsPage() {
  const { kind: name } = useSearch({ from: "/frame/kinds" });
  const navigate = useNavigate();
  const { data, error } = useQuery(kindsQuery);
  const open = data?.find((kind) => kind.name === name);
  const show = (kind: string | undefined) => void navigate({ to: "/kinds", search: kind === undefined ? {} : { kind } });
  const detail = open && {
    label: words.kind(open.name),
    heading: <><h2>{shown(open.name, 200)}</h2><p className={styles.soft}>{shown(open.description, 400)}</p></>,
    actions: <KindActions kind={open} />,
    body: <KindDetail kind={open} />,
    onClose: () => show(undefined),
  };
  return (
    <Page fill title={words.title}>
      <ListDetail detail={detail}>
        {error !== null && data === undefined && <div className={styles.inset}><ProblemAlert error={error} /></div>}
        {data?.length === 0 && <EmptyState title={words.empty} command="metier serve executor">{words.emptyWhat}</EmptyState>}
        {data !== undefined && name !== undefined && open === undefined && <p className={styles.inset}>{words.gone}</p>}
        {data !== undefined && data.length > 0 && (
          <DataTable label={words.title} columns={COLUMNS} rows={data} rowKey={(kind) => kind.name} rowLabel={(kind) => kind.name} openKey={name} onOpen={(kind) => show(kind.name)} memory="kinds" />
        )}
      </ListDetail>
    </Page>
  );
}

function KindActions({ kind }: { kind: Kind }) {
  const [running, setRunning] = useState(false);
  const navigate = useNavigate();
  const noRun = useMissing("runs:submit");
  const noDefine = useMissing("jobs:write");
  return (
    <>
      <ActionButton label={words.run} icon="play" disabledWhy={noRun} onClick={() => setRunning(true)} />
      <ActionButton label={words.define} icon="add" disabledWhy={noDefine} onClick={() => void navigate({ to: "/define-job", search: { kind: kind.name } })} />
      <Link to="/runs" search={{ kind: kind.name }}>{words.runs}</Link>
      {running && <RunKind kind={kind} onClose={() => setRunning(false)} />}
    </>
  );
}

function KindDetail({ kind }: { kind: Kind }) {
  const workers = useQuery(workersQuery).data?.filter((worker) => worker.kinds.includes(kind.name));
  return (
    <>
      {workers?.length === 0 && <p className={styles.actions}><Icon name="warning" size={16} />{words.noWorker}</p>}
      <Facts rows={[
        [words.facts.version, kind.version],
        [words.facts.attempts, kind.max_attempts],
        [words.facts.timeout, formatDuration(kind.timeout_ms)],
        [words.facts.rights, kind.permissions.length === 0 ? words.noRights : <Tags mono names={kind.permissions} />],
        [words.facts.workers, workers && <Tags mono names={workers.map((worker) => worker.name)} />],
      ]} />
      <section className={styles.stack}><h3>{words.schema}</h3><JsonView value={kind.parameter_schema} label={words.schema} /></section>
    </>
  );
}
