/** A run of a file's items: one task for each. */
import { useState } from "react";
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { newKey } from "../../api/idempotency";
import type { Upload } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { kindsQuery } from "../runs/queries";
import { runUpload } from "./queries";

const words = text.uploads;

export function RunUpload({ upload, onClose }: { upload: Upload; onClose: () => void }) {
  const kinds = useQuery(kindsQuery).data ?? [];
  const [kind, setKind] = useState("");
  const [key] = useState(newKey);
  const client = useQueryClient();
  const navigate = useNavigate();
  const submit = useMutation({
    mutationFn: () => runUpload(upload.id, kind, key),
    onSuccess: async (run) => {
      notify(text.jobs.started(run.number));
      void client.invalidateQueries({ queryKey: ["runs"] });
      await navigate({ to: "/runs/$run", params: { run: String(run.number) } });
    },
  });
  return (
    <FormDialog title={words.runTitle(shown(upload.original_name, 80))} what={words.runWhat(upload.items)} submit={text.kinds.run} busy={submit.isPending} error={submit.error} onSubmit={() => submit.mutate()} onClose={onClose}>
      <TextField select required label={words.kind} value={kind} onChange={(event) => setKind(event.target.value)}>
        {[...new Set(kinds.map((one) => one.name))].map((name) => <MenuItem key={name} value={name}>{shown(name, 100)}</MenuItem>)}
      </TextField>
    </FormDialog>
  );
}
