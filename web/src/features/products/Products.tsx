/** The products as a list, one of them beside it. */
import { useMemo, useState } from "react";
import Button from "@mui/material/Button";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Product } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { pick } from "../../app/searchParams";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { FilterBar, type Facet, type Filters } from "../../components/FilterBar";
import { formatCount } from "../../components/format";
import { ListDetail } from "../../components/ListDetail";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { grouped } from "./money";
import { NewProductDialog } from "./NewProductDialog";
import { useProductDetail } from "./ProductDetail";
import { categoriesQuery, productsQuery, SORTS, type ProductQuery } from "./queries";

const words = text.products;
const FILTERS = ["name", "category", "in_stock"] as const;

const COLUMNS: readonly Column<Product>[] = [
  { id: "name", label: words.columns.name, width: "minmax(110px, 2fr)", cell: (product) => <b>{shown(product.name, 120)}</b>, value: (product) => product.name },
  { id: "category", label: words.columns.category, width: "minmax(90px, 1fr)", from: 420, cell: (product) => shown(product.category, 80), value: (product) => product.category },
  { id: "price", label: words.columns.price, width: "minmax(90px, 130px)", end: true, cell: (product) => `${grouped(product.price)} ${shown(product.currency, 8)}`, value: (product) => product.price },
  { id: "stock", label: words.columns.stock, width: "72px", end: true, cell: (product) => formatCount(product.stock), value: (product) => product.stock },
  { id: "rating", label: words.columns.rating, width: "64px", end: true, from: 520, cell: (product) => shown(product.rating, 8), value: (product) => product.rating },
  { id: "changed", label: words.columns.changed, width: "84px", end: true, from: 620, cell: (product) => <RelativeTime at={product.updated_at} quiet />, value: (product) => product.updated_at },
];

export function Products() {
  const search = useSearch({ from: "/frame/products" });
  const navigate = useNavigate();
  const open = search.product;
  const filters = pick(search, FILTERS);
  const chosen = SORTS.find((one) => one === search.sort);
  const query: ProductQuery = { ...filters, ...(chosen === undefined ? {} : { sort: chosen }) };
  const list = usePages(productsQuery(query));
  const [adding, setAdding] = useState(false);
  const missing = useMissing("products:create");
  const go = (next: Record<string, string | undefined>) => void navigate({ to: "/products", search: { ...search, ...next } });
  useShortcuts(missing === undefined ? [{ keys: "n", label: words.add, group: words.title, run: () => setAdding(true) }] : []);
  const add = <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} />;
  const detail = useProductDetail(open, () => go({ product: undefined }));
  return (
    <ListDetail detail={detail}>
      <div className={parts.tools}>
        <ProductFilter filters={filters} onChange={go} />
        <SortChoice sort={chosen} onChange={(next) => go({ sort: next })} />
        {add}
      </div>
      {list.error !== null && list.rows.length === 0 && <div className={parts.inset}><ProblemAlert error={list.error} /></div>}
      {list.rows.length === 0 && !list.isPending && list.error === null && (
        Object.keys(filters).length > 0
          ? <EmptyState title={words.noMatch} action={<Button variant="outlined" onClick={() => void navigate({ to: "/products", search: {} })}>{text.runs.clearFilters}</Button>}>{words.noMatchWhat}</EmptyState>
          : <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>
      )}
      {list.rows.length > 0 && (
        <DataTable label={words.title} columns={COLUMNS} rows={list.rows} rowKey={(product) => product.id} rowLabel={(product) => product.name} openKey={open} onOpen={(product) => go({ product: product.id })} more={list.more} memory={`products ${JSON.stringify(query)}`} />
      )}
      {adding && <NewProductDialog onClose={() => setAdding(false)} onAdded={(product) => go({ product: product.id })} />}
    </ListDetail>
  );
}

function ProductFilter({ filters, onChange }: { filters: Readonly<Record<string, string | undefined>>; onChange: (next: Record<string, string | undefined>) => void }) {
  const categories = usePages(categoriesQuery).rows;
  const facets: Facet[] = useMemo(() => [
    { name: "name", label: words.facets.name },
    { name: "category", label: words.facets.category, values: categories.map(({ name }) => ({ value: name, label: name })) },
    { name: "in_stock", label: words.facets.in_stock, values: [{ value: "true", label: words.inStock.true }, { value: "false", label: words.inStock.false }] },
  ], [categories]);
  const held: Filters = Object.fromEntries(Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]])));
  const take = (next: Filters) => onChange(Object.fromEntries(FILTERS.map((name) => [name, next[name]?.[0]])));
  return <FilterBar facets={facets} filters={held} onChange={take} />;
}

function SortChoice({ sort, onChange }: { sort: string | undefined; onChange: (sort: string | undefined) => void }) {
  return (
    <select className={parts.select} aria-label={words.sort} value={sort ?? "name"} onChange={(event) => onChange(event.target.value === "name" ? undefined : event.target.value)}>
      {SORTS.map((one) => <option key={one} value={one}>{words.sorts[one]}</option>)}
    </select>
  );
}
