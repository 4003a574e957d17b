/** The people of the workspace. */
import { useMemo, useState } from "react";
import Button from "@mui/material/Button";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { User } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { pick } from "../../app/searchParams";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { FilterBar, type Facet, type Filters } from "../../components/FilterBar";
import { ListDetail } from "../../components/ListDetail";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { NewPerson } from "./NewPerson";
import { usePersonDetail } from "./PersonDetail";
import { rolesQuery, usersQuery } from "./queries";

const words = text.admin.users;
const FILTERS = ["q", "role", "disabled"] as const;

const COLUMNS: readonly Column<User>[] = [
  { id: "number", label: words.columns.number, width: "48px", end: true, from: 420, cell: (user) => user.number, value: (user) => user.number },
  { id: "name", label: words.columns.name, width: "minmax(100px, 1.2fr)", cell: (user) => <b>{shown(user.display_name, 100)}</b>, value: (user) => user.display_name },
  { id: "email", label: words.columns.email, width: "minmax(110px, 1.5fr)", from: 520, cell: (user) => shown(user.email, 160), value: (user) => user.email },
  { id: "role", label: words.columns.role, width: "minmax(74px, 110px)", cell: (user) => shown(user.role, 60), value: (user) => user.role },
  { id: "state", label: words.columns.state, width: "80px", cell: (user) => (user.disabled_at ? words.disabled : words.active), value: (user) => (user.disabled_at ? "disabled" : "active") },
  { id: "since", label: words.columns.since, width: "84px", end: true, from: 620, cell: (user) => <RelativeTime at={user.created_at} quiet />, value: (user) => user.created_at },
];

export function People() {
  const search = useSearch({ from: "/frame/admin" });
  const navigate = useNavigate();
  const open = search.user;
  const filters = pick(search, FILTERS);
  const list = usePages(usersQuery(filters));
  const [adding, setAdding] = useState(false);
  const missing = useMissing("users:create");
  const go = (next: Record<string, string | undefined>) => void navigate({ to: "/admin", search: { ...search, ...next } });
  useShortcuts(missing === undefined ? [{ keys: "n", label: words.add, group: text.admin.title, run: () => setAdding(true) }] : []);
  const detail = usePersonDetail(open, () => go({ user: undefined }));
  return (
    <ListDetail detail={detail}>
      <div className={parts.tools}>
        <PeopleFilter filters={filters} onChange={go} />
        <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} />
      </div>
      {list.error !== null && list.rows.length === 0 && <div className={parts.inset}><ProblemAlert error={list.error} /></div>}
      {list.rows.length === 0 && !list.isPending && list.error === null && (
        <EmptyState title={words.empty} action={<Button variant="outlined" onClick={() => go({ q: undefined, role: undefined, disabled: undefined })}>{text.runs.clearFilters}</Button>}>{words.emptyWhat}</EmptyState>
      )}
      {list.rows.length > 0 && (
        <DataTable label={text.admin.tabs.users} columns={COLUMNS} rows={list.rows} rowKey={(user) => user.id} rowLabel={(user) => user.display_name} openKey={open} onOpen={(user) => go({ user: user.id })} more={list.more} memory={`people ${JSON.stringify(filters)}`} />
      )}
      {adding && <NewPerson onClose={() => setAdding(false)} onAdded={(user) => go({ user: user.id })} />}
    </ListDetail>
  );
}

function PeopleFilter({ filters, onChange }: { filters: Readonly<Record<string, string | undefined>>; onChange: (next: Record<string, string | undefined>) => void }) {
  const roles = usePages(rolesQuery).rows;
  const facets: Facet[] = useMemo(() => [
    { name: "q", label: words.facets.q },
    { name: "role", label: words.facets.role, values: roles.map(({ name }) => ({ value: name, label: name })) },
    { name: "disabled", label: words.facets.disabled, values: [{ value: "true", label: words.choices.true }, { value: "false", label: words.choices.false }] },
  ], [roles]);
  const held: Filters = Object.fromEntries(Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]])));
  return <FilterBar facets={facets} filters={held} onChange={(next) => onChange(Object.fromEntries(FILTERS.map((name) => [name, next[name]?.[0]])))} />;
}
