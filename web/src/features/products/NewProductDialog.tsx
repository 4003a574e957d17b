/** Adding a product. */
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { newKey } from "../../api/idempotency";
import type { Product } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { beginProduct, ProductFields, productOf } from "./ProductFields";
import { addProduct } from "./queries";

const words = text.products;

export function NewProductDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (product: Product) => void }) {
  const [fields, setFields] = useState(beginProduct());
  const client = useQueryClient();
  const add = useMutation({
    // A key of its own for each try: what is refused is corrected, and a key answers one content only.
    mutationFn: () => addProduct(newKey(), productOf(fields)),
    onSuccess: async (product) => {
      notify(words.added(shown(product.name, 80)));
      await client.invalidateQueries({ queryKey: ["products"] });
      onClose();
      onAdded(product);
    },
  });
  return (
    <FormDialog title={words.add} submit={words.add} busy={add.isPending} error={add.error} onSubmit={() => add.mutate()} onClose={onClose}>
      <ProductFields fields={fields} onChange={setFields} />
    </FormDialog>
  );
}
