/** Sending the signal that a step waits for. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { FormDialog } from "../../components/FormDialog";
import parts from "../../components/Parts.module.css";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { sendSignal } from "./queries";

const words = text.workflows;

export function Signal({ run, name }: { run: string; name: string }) {
  const [sending, setSending] = useState(false);
  const missing = useMissing("runs:submit");
  return (
    <div className={parts.actions}>
      <ActionButton label={words.send} icon="play" disabledWhy={missing} onClick={() => setSending(true)} />
      {sending && <SendSignal run={run} name={name} onClose={() => setSending(false)} />}
    </div>
  );
}

function payloadOf(typed: string): { payload: unknown } | undefined {
  try {
    return { payload: JSON.parse(typed) as unknown };
  } catch {
    return undefined;
  }
}

function SendSignal({ run, name, onClose }: { run: string; name: string; onClose: () => void }) {
  const [typed, setTyped] = useState("{}");
  const read = payloadOf(typed);
  const client = useQueryClient();
  const label = shown(name, 80);
  const send = useMutation({
    mutationFn: () => {
      if (read === undefined) throw new Error(words.notJson);
      return sendSignal(run, name, read.payload);
    },
    onSuccess: async ({ repeated }) => {
      notify(repeated ? words.repeated(label) : words.sent(label));
      onClose();
      await client.invalidateQueries({ queryKey: ["run"] });
    },
  });
  return (
    <FormDialog title={words.sendTitle(label)} what={words.sendWhat} submit={words.send} busy={send.isPending} error={send.error} onSubmit={() => send.mutate()} onClose={onClose}>
      <TextField className={parts.area} multiline minRows={3} maxRows={16} autoFocus label={words.payload} value={typed} error={read === undefined} helperText={read === undefined ? words.notJson : undefined} onChange={(event) => setTyped(event.target.value)} slotProps={{ htmlInput: { spellCheck: false } }} />
    </FormDialog>
  );
}
