/** Everybody's API keys, as far as an administrator sees them: never the key itself. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { ApiKey } from "../../api/types";
import { notify } from "../../app/notices";
import { ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { allKeysQuery, revokeKey, usersQuery } from "./queries";

const words = text.admin.keys;

function stateOf(key: ApiKey): "good" | "revoked" | "ended" {
  if (key.revoked_at) return "revoked";
  return key.expires_at && Date.parse(key.expires_at) <= Date.now() ? "ended" : "good";
}

const COLUMNS: readonly Column<ApiKey>[] = [
  { id: "name", label: words.columns.name, width: "minmax(110px, 1.2fr)", cell: (key) => <><b>{shown(key.name, 100)}</b> <code>{shown(key.prefix, 24)}…</code></>, value: (key) => key.name },
  { id: "owner", label: words.columns.owner, width: "minmax(90px, 1fr)", cell: (key) => <Owner id={key.user_id} />, value: (key) => key.user_id },
  { id: "rights", label: words.columns.rights, width: "minmax(100px, 1.6fr)", from: 700, cell: (key) => <code title={shown(key.grants.join(", "), 400)}>{shown(key.grants.join(", "), 200)}</code>, value: (key) => key.grants.join(" ") },
  { id: "used", label: words.columns.used, width: "84px", end: true, from: 560, cell: (key) => (key.last_used_at ? <RelativeTime at={key.last_used_at} quiet /> : words.never), value: (key) => key.last_used_at },
  { id: "ends", label: words.columns.ends, width: "84px", end: true, from: 800, cell: (key) => (key.expires_at ? <RelativeTime at={key.expires_at} quiet /> : words.noEnd), value: (key) => key.expires_at },
  { id: "state", label: words.columns.state, width: "104px", end: true, cell: (key) => <State apiKey={key} />, value: stateOf },
];

function Owner({ id }: { id: string }) {
  const users = usePages(usersQuery({})).rows;
  return <>{shown(users.find((user) => user.id === id)?.display_name ?? id, 80)}</>;
}

function State({ apiKey }: { apiKey: ApiKey }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeKey(apiKey.id),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  const state = stateOf(apiKey);
  if (state !== "good") return <>{words[state]}</>;
  return <ConfirmWithUndo danger label={words.revoke} title={text.profile.revokeTitle} announce={text.profile.revoking} onConfirm={() => revoke.mutate()}>{text.profile.revokeWhat}</ConfirmWithUndo>;
}

export function Keys() {
  const list = usePages(allKeysQuery);
  const navigate = useNavigate();
  return (
    <>
      <p className={`${parts.inset} ${parts.soft}`}>{words.what} <Link to="/profile">{words.make}</Link></p>
      {list.error !== null && list.rows.length === 0 && <div className={parts.inset}><ProblemAlert error={list.error} /></div>}
      {list.rows.length === 0 && !list.isPending && list.error === null && <EmptyState title={words.empty} action={<Link to="/profile">{words.make}</Link>}>{words.emptyWhat}</EmptyState>}
      {list.rows.length > 0 && (
        <DataTable label={text.admin.tabs.keys} columns={COLUMNS} rows={list.rows} rowKey={(key) => key.id} rowLabel={(key) => key.name} onOpen={(key) => void navigate({ to: "/admin", search: { tab: "users", user: key.user_id } })} more={list.more} memory="keys" />
      )}
    </>
  );
}
