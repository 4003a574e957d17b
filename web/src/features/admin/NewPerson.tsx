/** Adding a person with a first password. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { User } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { addUser } from "./queries";
import { RoleSelect } from "./RoleSelect";

const words = text.admin.users;

export function NewPerson({ onClose, onAdded }: { onClose: () => void; onAdded: (user: User) => void }) {
  const [fields, setFields] = useState({ email: "", display_name: "", password: "", role: "user" });
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => addUser({ ...fields, display_name: fields.display_name.trim() === "" ? null : fields.display_name }),
    onSuccess: async (user) => {
      notify(words.added(shown(user.display_name, 80)));
      await client.invalidateQueries({ queryKey: ["users"] });
      onClose();
      onAdded(user);
    },
  });
  const set = (name: keyof typeof fields) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  return (
    <FormDialog title={words.add} what={words.addWhat} submit={words.add} busy={add.isPending} error={add.error} onSubmit={() => add.mutate()} onClose={onClose}>
      <TextField label={words.email} type="email" required autoFocus autoComplete="off" value={fields.email} onChange={set("email")} />
      <TextField label={words.name} autoComplete="off" value={fields.display_name} onChange={set("display_name")} />
      <TextField label={words.password} type="password" required autoComplete="new-password" value={fields.password} onChange={set("password")} helperText={words.passwordHelp} />
      <RoleSelect value={fields.role} onChange={(role) => setFields({ ...fields, role })} />
    </FormDialog>
  );
}
