/** One product: read, changed against the version it was read at, deleted. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { Tagged } from "../../api/tagged";
import type { Product } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import { formatCount } from "../../components/format";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { grouped } from "./money";
import { beginProduct, ProductFields, productOf } from "./ProductFields";
import { changeProduct, deleteProduct, productQuery } from "./queries";

const words = text.products;

export function useProductDetail(id: string | undefined, onClose: () => void) {
  const { data, error } = useQuery({ ...productQuery(id ?? ""), enabled: id !== undefined });
  if (id === undefined) return undefined;
  if (data === undefined) return { label: words.title, heading: null, body: error === null ? null : <ProblemAlert error={error} />, onClose };
  const name = shown(data.value.name, 300);
  return { label: name, heading: <h2 className="foreign">{name}</h2>, body: <Detail key={id} product={data} onGone={onClose} />, onClose };
}

function Detail({ product, onGone }: { product: Tagged<Product>; onGone: () => void }) {
  const [editing, setEditing] = useState<Tagged<Product> | null>(null);
  if (editing !== null) return <Edit product={editing} onDone={() => setEditing(null)} />;
  const { value } = product;
  const currency = shown(value.currency, 8);
  return (
    <>
      <Actions product={product} onEdit={() => setEditing(product)} onGone={onGone} />
      <p className={`${parts.prose} foreign`}>{shown(value.description, 10_000)}</p>
      <Facts rows={[
        [words.total, <b key="price">{grouped(value.price)} {currency}</b>],
        [words.columns.base, `${grouped(value.base_price)} ${currency}`],
        [words.surcharge, `${shown(value.surcharge_percent, 12)} %`],
        [words.category, shown(value.category, 200)],
        [words.columns.stock, formatCount(value.stock)],
        [words.columns.rating, shown(value.rating, 8)],
        [words.facts.added, <RelativeTime key="added" at={value.created_at} />],
        [words.facts.changed, <RelativeTime key="changed" at={value.updated_at} />],
      ]} />
    </>
  );
}

function Actions({ product, onEdit, onGone }: { product: Tagged<Product>; onEdit: () => void; onGone: () => void }) {
  const client = useQueryClient();
  const noChange = useMissing("products:update");
  const noDelete = useMissing("products:delete");
  const name = shown(product.value.name, 80);
  const remove = useMutation({
    mutationFn: () => deleteProduct(product.value.id, product.tag),
    onSuccess: () => {
      notify(words.removed(name));
      onGone();
    },
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["products", "pages"] }),
  });
  return (
    <div className={parts.actions}>
      <ActionButton label={words.change} disabledWhy={noChange} onClick={onEdit} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={noDelete} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
    </div>
  );
}

/** What was typed stays when the change is refused; loading anew takes what somebody else saved meanwhile. */
function Edit({ product, onDone }: { product: Tagged<Product>; onDone: () => void }) {
  const [fields, setFields] = useState(beginProduct(product.value));
  const client = useQueryClient();
  const read = async () => {
    await client.invalidateQueries({ queryKey: ["products"] });
    onDone();
  };
  const save = useMutation({
    mutationFn: () => changeProduct(product.value.id, product.tag, productOf(fields)),
    onSuccess: async (saved) => {
      notify(words.saved(shown(saved.name, 80)));
      await read();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const isStale = save.error !== null && asProblem(save.error).status === 412;
  return (
    <form className={parts.form} onSubmit={submit}>
      {save.error !== null && <ProblemAlert error={save.error} action={isStale && <Button variant="outlined" onClick={() => void read()}>{words.again}</Button>} />}
      <ProductFields fields={fields} onChange={setFields} />
      <div className={parts.actions}>
        <Button type="submit" variant="contained" disabled={save.isPending}>{words.save}</Button>
        <Button variant="outlined" onClick={onDone}>{text.common.cancel}</Button>
      </div>
    </form>
  );
}
