/** The fields of a product, for adding and changing. */
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { usePages } from "../../api/pages";
import type { NewProduct, Product } from "../../api/types";
import parts from "../../components/Parts.module.css";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { categoriesQuery } from "./queries";

const words = text.products;

export type Fields = Record<"name" | "category" | "price" | "rating" | "stock" | "description", string>;

export const beginProduct = (product?: Product): Fields => ({
  name: product?.name ?? "", category: product?.category ?? "", price: product?.base_price ?? "", rating: product?.rating ?? "0",
  stock: String(product?.stock ?? 0), description: product?.description ?? "",
});

export const productOf = (fields: Fields): NewProduct => ({ ...fields, name: fields.name.trim(), price: fields.price.trim(), rating: fields.rating.trim(), stock: Number(fields.stock) });

export function ProductFields({ fields, onChange }: { fields: Fields; onChange: (fields: Fields) => void }) {
  const categories = usePages(categoriesQuery).rows.map((category) => category.name);
  const names = [...new Set([...categories, ...(fields.category === "" ? [] : [fields.category])])];
  const set = (name: keyof Fields) => (event: { target: { value: string } }) => onChange({ ...fields, [name]: event.target.value });
  return (
    <>
      <TextField label={words.name} required value={fields.name} onChange={set("name")} slotProps={{ htmlInput: { maxLength: 255 } }} />
      <TextField select label={words.category} required value={fields.category} onChange={set("category")}>
        {names.map((name) => <MenuItem key={name} value={name}>{shown(name, 100)}</MenuItem>)}
      </TextField>
      <div className={parts.pair}>
        <TextField label={words.price} required value={fields.price} onChange={set("price")} slotProps={{ htmlInput: { inputMode: "decimal" } }} />
        <TextField label={words.stock} required type="number" value={fields.stock} onChange={set("stock")} slotProps={{ htmlInput: { min: 0, step: 1 } }} />
        <TextField label={words.rating} required value={fields.rating} onChange={set("rating")} slotProps={{ htmlInput: { inputMode: "decimal" } }} />
      </div>
      <TextField label={words.description} multiline minRows={2} value={fields.description} onChange={set("description")} slotProps={{ htmlInput: { maxLength: 10_000 } }} />
    </>
  );
}
