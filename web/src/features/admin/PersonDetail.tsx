/** One person: what they may do, and changing, disabling or deleting the account. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { Tagged } from "../../api/tagged";
import type { User, UserChange } from "../../api/types";
import { notify } from "../../app/notices";
import { useMe, useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { Tags } from "../../components/Tags";
import { text } from "../../texts";
import { namesIn } from "../profile/NewKey";
import { changeUser, deleteUser, userQuery } from "./queries";
import { RoleSelect } from "./RoleSelect";

const words = text.admin.users;

export function usePersonDetail(id: string | undefined, onClose: () => void) {
  const { data, error } = useQuery({ ...userQuery(id ?? ""), enabled: id !== undefined });
  if (id === undefined) return undefined;
  if (data === undefined) return { label: text.admin.title, heading: null, body: error === null ? null : <ProblemAlert error={error} />, onClose };
  const name = shown(data.value.display_name, 200);
  return { label: name, heading: <><h2 className="foreign">{name}</h2><p className={`${parts.soft} foreign`}>{shown(data.value.email, 320)}</p></>, body: <Detail key={id} user={data} onGone={onClose} />, onClose };
}

function Detail({ user, onGone }: { user: Tagged<User>; onGone: () => void }) {
  const [editing, setEditing] = useState<Tagged<User> | null>(null);
  if (editing !== null) return <Edit user={editing} onDone={() => setEditing(null)} />;
  const { value } = user;
  return (
    <>
      <Actions user={user} onEdit={() => setEditing(user)} onGone={onGone} />
      <Facts rows={[
        [words.columns.role, shown(value.role, 80)],
        [words.columns.state, value.disabled_at ? words.disabled : words.active],
        [words.facts.disabled, value.disabled_at && <RelativeTime at={value.disabled_at} />],
        [words.facts.number, value.number],
        [words.facts.since, <RelativeTime key="since" at={value.created_at} />],
        [words.facts.changed, <RelativeTime key="changed" at={value.updated_at} />],
      ]} />
      <section className={parts.stack}><h3>{words.rights}</h3><Tags mono names={value.grants} /></section>
    </>
  );
}

function Actions({ user: { value, tag }, onEdit, onGone }: { user: Tagged<User>; onEdit: () => void; onGone: () => void }) {
  const client = useQueryClient();
  const me = useMe();
  const noChange = useMissing("users:update");
  const noDelete = useMissing("users:delete");
  const own = value.id === me?.user.id ? words.notYourself : undefined;
  const name = shown(value.display_name, 80);
  const settle = {
    onError: (problem: unknown) => void notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["users"] }),
  };
  const turn = useMutation({ mutationFn: (disabled: boolean) => changeUser(value.id, tag, { disabled }), onSuccess: (_, disabled) => void notify(disabled ? words.wasDisabled(name) : words.enabled(name)), ...settle });
  const remove = useMutation({
    mutationFn: () => deleteUser(value.id, tag),
    onSuccess: () => {
      notify(words.removed(name));
      onGone();
    },
    ...settle,
  });
  return (
    <div className={parts.actions}>
      <ActionButton label={words.edit} disabledWhy={noChange} onClick={onEdit} />
      {value.disabled_at ? <ActionButton label={words.enable} disabledWhy={noChange} onClick={() => turn.mutate(false)} /> : (
        <ConfirmWithUndo danger label={words.disable} title={words.disableTitle(name)} announce={words.disabling(name)} disabledWhy={noChange ?? own} onConfirm={() => turn.mutate(true)}>{words.disableWhat}</ConfirmWithUndo>
      )}
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={noDelete ?? own} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
    </div>
  );
}

function Edit({ user: { value, tag }, onDone }: { user: Tagged<User>; onDone: () => void }) {
  const [fields, setFields] = useState({ display_name: value.display_name, email: value.email, role: value.role, extra: value.extra_grants.join(", "), password: "" });
  const client = useQueryClient();
  const read = async () => {
    await Promise.all([client.invalidateQueries({ queryKey: ["users"] }), client.invalidateQueries({ queryKey: ["me"] })]);
    onDone();
  };
  const save = useMutation({
    mutationFn: () => {
      const body: UserChange = { display_name: fields.display_name, email: fields.email, role: fields.role, extra_grants: namesIn(fields.extra), ...(fields.password === "" ? {} : { password: fields.password }) };
      return changeUser(value.id, tag, body);
    },
    onSuccess: async (saved) => {
      notify(words.saved(shown(saved.display_name, 80)));
      await read();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const set = (name: keyof typeof fields) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  const isStale = save.error !== null && asProblem(save.error).status === 412;
  return (
    <form className={parts.form} onSubmit={submit}>
      {save.error !== null && <ProblemAlert error={save.error} action={isStale && <Button variant="outlined" onClick={() => void read()}>{text.products.again}</Button>} />}
      <TextField label={words.name} required value={fields.display_name} onChange={set("display_name")} autoComplete="off" />
      <TextField label={words.email} type="email" required value={fields.email} onChange={set("email")} autoComplete="off" />
      <RoleSelect value={fields.role} onChange={(role) => setFields({ ...fields, role })} />
      <TextField label={words.extra} multiline value={fields.extra} onChange={set("extra")} helperText={words.extraHelp} />
      <TextField label={words.newPassword} type="password" value={fields.password} onChange={set("password")} helperText={words.newPasswordHelp} autoComplete="new-password" />
      <div className={parts.actions}>
        <Button type="submit" variant="contained" disabled={save.isPending}>{words.save}</Button>
        <Button variant="outlined" onClick={onDone}>{text.common.cancel}</Button>
      </div>
    </form>
  );
}
