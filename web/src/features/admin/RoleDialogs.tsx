/** Making a role, and changing one against the version it was read at. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Tagged } from "../../api/tagged";
import type { Role } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { namesIn } from "../profile/NewKey";
import { addRole, changeRole, getRole } from "./queries";

const words = text.admin.roles;

/** Sends it, tells it, reads the roles anew. */
function useSaving(save: () => Promise<Role>, onClose: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: save,
    onSuccess: async (role) => {
      notify(words.saved(shown(role.name, 80)));
      await Promise.all(["roles", "users", "me"].map((name) => client.invalidateQueries({ queryKey: [name] })));
      onClose();
    },
  });
}

export function NewRoleDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [grants, setGrants] = useState("");
  const save = useSaving(() => addRole({ name: name.trim(), description, grants: namesIn(grants) }), onClose);
  return (
    <FormDialog title={words.add} what={words.addWhat} submit={words.add} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <TextField label={words.name} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
      <TextField label={words.description} value={description} onChange={(event) => setDescription(event.target.value)} />
      <TextField label={words.grants} required multiline minRows={2} value={grants} onChange={(event) => setGrants(event.target.value)} helperText={words.grantsHelp} />
    </FormDialog>
  );
}

export function ChangeRole({ name, onClose }: { name: string; onClose: () => void }) {
  const { data, error } = useQuery({ queryKey: ["roles", "one", name], queryFn: () => getRole(name), staleTime: 0 });
  if (data === undefined) return <FormDialog title={text.common.loading} submit={words.save} busy error={error} onSubmit={() => undefined} onClose={onClose}>{null}</FormDialog>;
  return <Change role={data} onClose={onClose} />;
}

function Change({ role: { value, tag }, onClose }: { role: Tagged<Role>; onClose: () => void }) {
  const [description, setDescription] = useState(value.description);
  const [grants, setGrants] = useState(value.grants.join(", "));
  const save = useSaving(() => changeRole(value.name, tag, { description, grants: namesIn(grants) }), onClose);
  return (
    <FormDialog title={shown(value.name, 80)} submit={words.save} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <TextField label={words.description} value={description} onChange={(event) => setDescription(event.target.value)} />
      <TextField label={words.grants} required multiline minRows={2} value={grants} onChange={(event) => setGrants(event.target.value)} helperText={words.grantsHelp} />
    </FormDialog>
  );
}
