/** The list of runs: what runs, what waits, what failed, as it happens. */
import { useMemo, useRef, useState } from "react";
import Button from "@mui/material/Button";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import { useHub, useLiveState } from "../../app/live/LiveContext";
import { ColumnChoice, useColumns } from "../../components/ColumnChoice";
import { DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { FilterBar } from "../../components/FilterBar";
import { Icon } from "../../components/Icon";
import { Page, Split } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { wordOf } from "../../components/state";
import { text } from "../../texts";
import { BulkBar } from "./BulkBar";
import { RUN_COLUMNS } from "./columns";
import { ExportMenu } from "./ExportMenu";
import { facetsOf, toFilters, toQuery, toSearch, type RunSearch } from "./filters";
import { kindsQuery, queuesQuery } from "./queries";
import styles from "./runs.module.css";
import { StateSidebar } from "./StateSidebar";
import { useRunList } from "./useRunList";

const keyOf = (run: Run) => run.id;
const labelOf = (run: Run) => `${text.run.title(run.number)}, ${wordOf(run.state)}`;

export function RunsPage() {
  const search = useSearch({ from: "/frame/runs" });
  const navigate = useNavigate();
  const address = JSON.stringify(search);
  // Distances such as 24h are measured once, so that the list's question stays the same while it is live.
  const query = useMemo(() => toQuery(JSON.parse(address) as RunSearch, Date.now()), [address]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isTop, setIsTop] = useState(true);
  const [isOver, setIsOver] = useState(false);
  const list = useRunList(query, isTop && !isOver);
  const columns = useColumns("runs", RUN_COLUMNS);
  const rows = list.rows;
  const chosen = useMemo(() => rows.filter((run) => selected.has(run.id)), [rows, selected]);
  const isFiltered = Object.keys(search).length > 0;

  return (
    <Page fill title={text.runs.title} actions={<Actions query={query} columns={columns} onReload={() => void list.reload()} />}>
      <Split side={<StateSidebar search={search} />}>
        <div className={styles.tools}>
          <RunFilter search={search} onChange={(next) => void navigate({ to: "/runs", search: next })} />
        </div>
        {chosen.length > 0 && <BulkBar runs={chosen} onClear={() => setSelected(new Set())} />}
        {list.error !== null && rows.length === 0 && <div className={styles.inset}><ProblemAlert error={list.error} /></div>}
        {!list.isPending && list.error === null && rows.length === 0 ? (
          <NoRuns isFiltered={isFiltered} onClear={() => void navigate({ to: "/runs", search: {} })} />
        ) : (
          <div className={styles.list} onPointerEnter={() => setIsOver(true)} onPointerLeave={() => setIsOver(false)}>
            {list.fresh.length > 0 && <button type="button" className={styles.fresh} onClick={list.showFresh}>{text.runs.fresh(list.fresh.length)}</button>}
            <DataTable
              label={text.runs.title}
              columns={columns.shown}
              rows={rows}
              rowKey={keyOf}
              rowLabel={labelOf}
              onOpen={(run) => void navigate({ to: "/runs/$run", params: { run: String(run.number) } })}
              selection={{ keys: selected, onChange: setSelected }}
              more={list.more}
              memory={`runs ${address}`}
              onTop={setIsTop}
            />
          </div>
        )}
      </Split>
    </Page>
  );
}

interface ActionsProps {
  query: ReturnType<typeof toQuery>;
  columns: ReturnType<typeof useColumns<Run>>;
  onReload: () => void;
}

function Actions({ query, columns, onReload }: ActionsProps) {
  const hub = useHub();
  const paused = useLiveState() === "paused";
  return (
    <>
      <Button variant="outlined" startIcon={<Icon name={paused ? "play" : "pause"} size={16} />} aria-pressed={paused} onClick={() => hub.setPaused(!paused)}>
        {paused ? text.frame.resume : text.frame.pause}
      </Button>
      {paused && <Button variant="outlined" startIcon={<Icon name="refresh" size={16} />} onClick={onReload}>{text.runs.refresh}</Button>}
      <ColumnChoice columns={RUN_COLUMNS} isShown={columns.isShown} onToggle={columns.toggle} />
      <ExportMenu query={query} />
    </>
  );
}

function RunFilter({ search, onChange }: { search: RunSearch; onChange: (search: RunSearch) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const kinds = useQuery(kindsQuery).data;
  const queues = useQuery(queuesQuery).data;
  const facets = useMemo(
    () => facetsOf([...new Set(kinds?.map((kind) => kind.name))], queues?.map((queue) => queue.name) ?? []),
    [kinds, queues],
  );
  return <FilterBar facets={facets} filters={toFilters(search)} onChange={(filters) => onChange(toSearch(filters))} inputRef={input} />;
}

function NoRuns({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (!isFiltered) {
    return (
      <EmptyState title={text.runs.empty} command={"metier jobs run fibonacci --parameters '{\"iterations\": 100}'"}>
        {text.runs.emptyWhat}
      </EmptyState>
    );
  }
  return (
    <EmptyState title={text.runs.noMatch} action={<Button variant="outlined" onClick={onClear}>{text.runs.clearFilters}</Button>}>
      {text.runs.noMatchWhat}
    </EmptyState>
  );
}
