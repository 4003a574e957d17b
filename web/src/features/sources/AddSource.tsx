/** Registering a source by the address of its plugin. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { addSource, checkSource } from "./queries";

const words = text.sources;

export function AddSource({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const add = useMutation({
    mutationFn: () => addSource({ name: name.trim(), url: url.trim() }),
    onSuccess: async (source) => {
      notify(words.added(shown(source.name, 80)));
      // Its page shows what comes of it: a plugin that does not answer is said there, and does not undo the registering.
      await checkSource(source.name).catch(() => undefined);
      await client.invalidateQueries({ queryKey: ["sources"] });
      await navigate({ to: "/sources/$source", params: { source: source.name } });
    },
  });
  return (
    <FormDialog title={words.add} what={words.addWhat} submit={words.add} busy={add.isPending} error={add.error} onSubmit={() => add.mutate()} onClose={onClose}>
      <TextField label={words.name} required autoFocus value={name} onChange={(event) => setName(event.target.value)} helperText={words.nameHelp} slotProps={{ htmlInput: { maxLength: 64, spellCheck: false } }} />
      <TextField label={words.url} required type="url" value={url} onChange={(event) => setUrl(event.target.value)} helperText={words.urlHelp} />
    </FormDialog>
  );
}
