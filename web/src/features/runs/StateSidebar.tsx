/** Runs by state with their counts, and the views one saved. Both are links: to filters. */
import { useState, type FormEvent } from "react";
import IconButton from "@mui/material/IconButton";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { usePreference } from "../../app/theme/preferences";
import { Count } from "../../components/Count";
import { Icon } from "../../components/Icon";
import { shown } from "../../components/shown";
import { RUN_STATES, wordOf } from "../../components/state";
import { StateGlyph } from "../../components/StateBadge";
import { text } from "../../texts";
import type { RunSearch } from "./filters";
import { countsQuery } from "./queries";
import styles from "./runs.module.css";

/** A link is the present one only when its whole filter is. */
const EXACT = { exact: true, includeSearch: true };

export function StateSidebar({ search }: { search: RunSearch }) {
  const { data } = useQuery(countsQuery);
  const counts = data ?? [];
  const countOf = (state: string) => counts.find((one) => one.state === state)?.count ?? 0;
  const total = counts.reduce((sum, one) => sum + one.count, 0);
  const { state: current, ...rest } = search;
  return (
    <>
      <nav className={styles.states} aria-label={text.runs.states}>
        <Link to="/runs" search={rest} className={styles.state} aria-current={current === undefined} activeProps={{}} activeOptions={EXACT}>
          <span>{text.runs.all}</span>{data && <Count value={total} />}
        </Link>
        {RUN_STATES.map((state) => {
          const count = countOf(state);
          const isCurrent = current?.split(",").includes(state) ?? false;
          return (
            <Link key={state} to="/runs" search={{ ...rest, state }} aria-current={isCurrent} activeProps={{}} activeOptions={EXACT}
              className={`${styles.state} ${count === 0 && !isCurrent ? `${styles.zero} ${styles.zeroState}` : ""}`}>
              <StateGlyph state={state} /><span>{wordOf(state)}</span>{data && <Count value={count} />}
            </Link>
          );
        })}
      </nav>
      <SavedViews search={search} />
    </>
  );
}

interface View {
  name: string;
  search: RunSearch;
}

const NO_VIEWS: View[] = [];
const isView = (value: unknown): value is View =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string" && "search" in value &&
  typeof value.search === "object" && value.search !== null && Object.values(value.search).every((part) => typeof part === "string");
const isViews = (value: unknown): value is View[] => Array.isArray(value) && value.every(isView);

function SavedViews({ search }: { search: RunSearch }) {
  const [views, setViews] = usePreference("views.runs", NO_VIEWS, isViews);
  const [name, setName] = useState<string | null>(null);
  const isFiltered = Object.keys(search).length > 0;
  const save = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = (name ?? "").trim();
    if (trimmed !== "") setViews([...views.filter((view) => view.name !== trimmed), { name: trimmed, search }]);
    setName(null);
  };
  return (
    <div className={styles.views}>
      <h2 className={styles.heading}>{text.runs.views}</h2>
      {views.map((view) => (
        <div key={view.name} className={styles.view}>
          <Link to="/runs" search={view.search} className={styles.state} activeProps={{}} activeOptions={EXACT}><Icon name="bookmark" size={14} /><span className="cut">{shown(view.name, 60)}</span></Link>
          <IconButton size="small" aria-label={text.runs.removeView(shown(view.name, 60))} onClick={() => setViews(views.filter((one) => one.name !== view.name))}><Icon name="close" size={12} /></IconButton>
        </div>
      ))}
      {name !== null && (
        <form className={styles.saveForm} onSubmit={save}>
          <input autoFocus aria-label={text.runs.viewName} placeholder={text.runs.viewName} value={name} maxLength={60} onChange={(event) => setName(event.target.value)} onBlur={save}
            onKeyDown={(event) => event.key === "Escape" && setName("")} />
        </form>
      )}
      {name === null && isFiltered && <button type="button" className={styles.state} onClick={() => setName("")}><Icon name="add" size={14} />{text.runs.saveView}</button>}
      {name === null && !isFiltered && views.length === 0 && <p className={styles.quiet}>{text.runs.noViews}</p>}
    </div>
  );
}
