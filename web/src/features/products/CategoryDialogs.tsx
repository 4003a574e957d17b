/** Adding a category, and changing the surcharge of one. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { newKey } from "../../api/idempotency";
import type { Tagged } from "../../api/tagged";
import type { Category } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { addCategory, categoryQuery, changeCategory } from "./queries";

const words = text.categories;

export function NewCategory({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [surcharge, setSurcharge] = useState("0");
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => addCategory(newKey(), { name: name.trim(), surcharge_percent: surcharge.trim() }),
    onSuccess: async (category) => {
      notify(words.added(shown(category.name, 80)));
      await client.invalidateQueries({ queryKey: ["categories"] });
      onClose();
    },
  });
  return (
    <FormDialog title={words.add} submit={words.add} busy={add.isPending} error={add.error} onSubmit={() => add.mutate()} onClose={onClose}>
      <TextField label={words.name} required autoFocus value={name} onChange={(event) => setName(event.target.value)} slotProps={{ htmlInput: { maxLength: 255 } }} />
      <Surcharge value={surcharge} onChange={setSurcharge} />
    </FormDialog>
  );
}

/** Read anew first: the change is made against the version that is seen. */
export function ChangeCategory({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery({ ...categoryQuery(id), staleTime: 0 });
  if (data === undefined) return <FormDialog title={text.common.loading} submit={text.products.save} busy error={error} onSubmit={() => undefined} onClose={onClose}>{null}</FormDialog>;
  return <Change category={data} onClose={onClose} />;
}

function Change({ category: { value, tag }, onClose }: { category: Tagged<Category>; onClose: () => void }) {
  const [surcharge, setSurcharge] = useState(value.surcharge_percent);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => changeCategory(value.id, tag, surcharge.trim()),
    onSuccess: async (category) => {
      notify(words.saved(shown(category.name, 80)));
      await Promise.all([client.invalidateQueries({ queryKey: ["categories"] }), client.invalidateQueries({ queryKey: ["products"] })]);
      onClose();
    },
  });
  return (
    <FormDialog title={words.changeTitle(shown(value.name, 80))} submit={text.products.save} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <Surcharge value={surcharge} onChange={setSurcharge} />
    </FormDialog>
  );
}

const Surcharge = ({ value, onChange }: { value: string; onChange: (value: string) => void }) => (
  <TextField label={words.surcharge} required value={value} onChange={(event) => onChange(event.target.value)} helperText={words.surchargeHelp} slotProps={{ htmlInput: { inputMode: "decimal" } }} />
);
