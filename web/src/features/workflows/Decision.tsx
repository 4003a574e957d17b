/** Giving or refusing an approval, with the reason why. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notify } from "../../app/notices";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { decide } from "./queries";

const words = text.workflows;
const LONGEST = 1000;

function Buttons({ onDecide }: { onDecide: (approved: boolean) => void }) {
  return (
    <>
      <ActionButton label={words.approve} icon="check" onClick={() => onDecide(true)} />
      <ActionButton label={words.reject} icon="close" onClick={() => onDecide(false)} />
    </>
  );
}

function Dialog({ run, step, approved, onClose }: { run: string; step: string; approved: boolean; onClose: () => void }) {
  const [comment, setComment] = useState("");
  const client = useQueryClient();
  const name = shown(step, 80);
  const save = useMutation({
    mutationFn: () => decide(run, step, approved, comment),
    onSuccess: async () => {
      notify(approved ? words.approved(name) : words.rejected(name));
      await client.invalidateQueries({ queryKey: ["run"] });
      onClose();
    },
  });
  return (
    <FormDialog title={approved ? words.approveTitle(name) : words.rejectTitle(name)} what={approved ? words.approveWhat : words.rejectWhat} submit={approved ? words.approve : words.reject} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <TextField label={words.comment} multiline value={comment} onChange={(event) => setComment(event.target.value)} helperText={words.commentHelp} slotProps={{ htmlInput: { maxLength: LONGEST } }} />
    </FormDialog>
  );
}

export const Decision = { Buttons, Dialog };
