/** The categories and their surcharges. */
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { Category } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { ChangeCategory, NewCategory } from "./CategoryDialogs";
import { categoriesQuery, deleteCategory } from "./queries";

const words = text.categories;

const COLUMNS: readonly Column<Category>[] = [
  { id: "name", label: words.columns.name, width: "minmax(80px, 2fr)", cell: (category) => <b>{shown(category.name, 120)}</b>, value: (category) => category.name },
  { id: "surcharge", label: words.columns.surcharge, width: "minmax(66px, 100px)", end: true, cell: (category) => `${shown(category.surcharge_percent, 12)} %`, value: (category) => category.surcharge_percent },
  { id: "changed", label: words.columns.changed, width: "90px", end: true, from: 620, cell: (category) => Date.parse(category.updated_at) > 0 && <RelativeTime at={category.updated_at} quiet />, value: (category) => category.updated_at },
  { id: "action", label: words.columns.action, width: "160px", end: true, from: 380, cell: (category) => <RowActions category={category} />, value: () => null },
];

export function Categories() {
  const list = usePages(categoriesQuery);
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const missing = useMissing("products:update");
  const add = <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} />;
  return (
    <>
      <div className={parts.tools}><span />{add}</div>
      {list.error !== null && list.rows.length === 0 && <div className={parts.inset}><ProblemAlert error={list.error} /></div>}
      {list.rows.length === 0 && !list.isPending && list.error === null && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
      {list.rows.length > 0 && (
        <DataTable label={text.products.tabs.categories} columns={COLUMNS} rows={list.rows} rowKey={(category) => category.id} rowLabel={(category) => category.name} onOpen={(category) => void navigate({ to: "/products", search: { category: category.name } })} more={list.more} memory="categories" />
      )}
      {adding && <NewCategory onClose={() => setAdding(false)} />}
    </>
  );
}

function RowActions({ category }: { category: Category }) {
  const client = useQueryClient();
  const [changing, setChanging] = useState(false);
  const noChange = useMissing("products:update");
  const noDelete = useMissing("products:delete");
  const name = shown(category.name, 80);
  const remove = useMutation({
    mutationFn: () => deleteCategory(category.id),
    onSuccess: () => notify(words.removed(name)),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["categories"] }),
  });
  return (
    <>
      <ActionButton label={words.change} disabledWhy={noChange} onClick={() => setChanging(true)} />{" "}
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={noDelete} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
      {changing && <ChangeCategory id={category.id} onClose={() => setChanging(false)} />}
    </>
  );
}
