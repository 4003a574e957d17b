/** Adding and changing a webhook, and giving it another secret: each secret is shown once. */
import { useId, useState } from "react";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Tagged } from "../../api/tagged";
import type { NewWebhook, Webhook, WebhookWithSecret } from "../../api/types";
import { notify } from "../../app/notices";
import { CommandLine } from "../../components/CommandLine";
import { FormDialog } from "../../components/FormDialog";
import parts from "../../components/Parts.module.css";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { namesIn } from "../profile/NewKey";
import { addWebhook, changeWebhook, rotateSecret } from "./queries";

const words = text.webhooks;
const NEW: NewWebhook = { name: "", url: "", types: [], enabled: true };

/** Not closed by a press beside it: the secret would be gone. */
function Secret({ made, onClose }: { made: WebhookWithSecret; onClose: () => void }) {
  const id = useId();
  return (
    <Dialog open aria-labelledby={id} maxWidth="sm" fullWidth>
      <DialogTitle id={id}>{words.secretTitle(shown(made.name, 80))}</DialogTitle>
      <DialogContent><div className={parts.stack}><p>{words.secretWhat}</p><CommandLine command={made.secret} label={words.secret} /></div></DialogContent>
      <DialogActions><Button variant="contained" onClick={onClose}>{words.secretDone}</Button></DialogActions>
    </Dialog>
  );
}

function Fields({ value, onChange }: { value: NewWebhook; onChange: (part: Partial<NewWebhook>) => void }) {
  const [types, setTypes] = useState((value.types ?? []).join(", "));
  return (
    <>
      <TextField required autoFocus label={words.name} value={value.name} onChange={(event) => onChange({ name: event.target.value })} helperText={words.nameHelp} slotProps={{ htmlInput: { maxLength: 100 } }} />
      <TextField required type="url" label={words.url} value={value.url} onChange={(event) => onChange({ url: event.target.value })} helperText={words.urlHelp} placeholder="https://" />
      <TextField
        label={words.types} value={types} helperText={words.typesHelp}
        onChange={(event) => {
          setTypes(event.target.value);
          onChange({ types: namesIn(event.target.value) });
        }}
      />
    </>
  );
}

export function AddWebhook({ onMade, onClose }: { onMade: (webhook: Webhook) => Promise<void>; onClose: () => void }) {
  const client = useQueryClient();
  const [fields, setFields] = useState(NEW);
  const add = useMutation({ mutationFn: () => addWebhook(fields), onSuccess: () => client.invalidateQueries({ queryKey: ["webhooks"] }) });
  const finish = (made: WebhookWithSecret) => {
    onClose();
    void onMade(made);
  };
  if (add.data !== undefined) return <Secret made={add.data} onClose={() => finish(add.data)} />;
  return (
    <FormDialog title={words.addTitle} what={words.addWhat} submit={words.add} busy={add.isPending} error={add.error} onSubmit={() => add.mutate()} onClose={onClose}>
      <Fields value={fields} onChange={(part) => setFields((now) => ({ ...now, ...part }))} />
    </FormDialog>
  );
}

interface ChangeProps {
  webhook: Tagged<Webhook>;
  onChanged: (webhook: Webhook) => Promise<void>;
  onClose: () => void;
}

export function ChangeWebhook({ webhook: { value, tag }, onChanged, onClose }: ChangeProps) {
  const client = useQueryClient();
  const [fields, setFields] = useState<NewWebhook>({ name: value.name, url: value.url, types: value.types, enabled: value.enabled });
  const save = useMutation({
    mutationFn: () => changeWebhook(value.id, tag, fields),
    onSuccess: async (now) => {
      notify(words.saved(shown(now.name, 80)));
      onClose();
      await onChanged(now);
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  return (
    <FormDialog title={words.changeTitle(shown(value.name, 80))} what={words.changeWhat} submit={words.save} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <Fields value={fields} onChange={(part) => setFields((now) => ({ ...now, ...part }))} />
    </FormDialog>
  );
}

export function RotateSecret({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const rotate = useMutation({ mutationFn: () => rotateSecret(webhook.id), onSuccess: () => client.invalidateQueries({ queryKey: ["webhooks"] }) });
  if (rotate.data !== undefined) return <Secret made={rotate.data} onClose={onClose} />;
  return (
    <FormDialog title={words.rotateTitle(shown(webhook.name, 80))} submit={words.rotate} busy={rotate.isPending} error={rotate.error} onSubmit={() => rotate.mutate()} onClose={onClose}>
      <p>{words.rotateWhat}</p>
    </FormDialog>
  );
}
