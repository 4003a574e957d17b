/** The roles, what each may do, and making one's own. */
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { Role } from "../../api/types";
import { notify } from "../../app/notices";
import { covers, useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Page";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { shown } from "../../components/shown";
import { Tags } from "../../components/Tags";
import { text } from "../../texts";
import styles from "./admin.module.css";
import { rightsOf } from "./matrix";
import { deleteRole, rolesQuery } from "./queries";
import { ChangeRole, NewRoleDialog } from "./RoleDialogs";

const words = text.admin.roles;

export function Roles() {
  const { rows, error } = usePages(rolesQuery);
  const [adding, setAdding] = useState(false);
  const missing = useMissing("roles:create");
  return (
    <div className={styles.scroll}>
      {error !== null && <ProblemAlert error={error} />}
      <Section title={words.title} what={words.addWhat}>
        <ul className={styles.roles}>{rows.map((role) => <RoleRow key={role.name} role={role} />)}</ul>
        <div><ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} /></div>
      </Section>
      {rows.length > 0 && <Section title={words.matrix} what={words.matrixWhat}><Matrix roles={rows} /></Section>}
      {adding && <NewRoleDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

function RoleRow({ role }: { role: Role }) {
  const client = useQueryClient();
  const [changing, setChanging] = useState(false);
  const noChange = useMissing("roles:update");
  const noDelete = useMissing("roles:delete");
  const fixed = role.built_in ? words.fixed : undefined;
  const name = shown(role.name, 80);
  const remove = useMutation({
    mutationFn: () => deleteRole(role.name),
    onSuccess: () => notify(words.removed(name)),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["roles"] }),
  });
  return (
    <li className={styles.role}>
      <div className={styles.roleText}>
        <p className="foreign"><b>{name}</b> <span className={parts.tag}>{role.built_in ? words.builtIn : words.own}</span></p>
        {role.description !== "" && <p className={`${parts.soft} foreign`}>{shown(role.description, 400)}</p>}
        <Tags mono names={role.grants} />
      </div>
      <ActionButton label={words.change} disabledWhy={fixed ?? noChange} onClick={() => setChanging(true)} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={fixed ?? noDelete} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
      {changing && <ChangeRole name={role.name} onClose={() => setChanging(false)} />}
    </li>
  );
}

function Matrix({ roles }: { roles: readonly Role[] }) {
  return (
    <div className={styles.matrix} tabIndex={0} role="region" aria-label={words.matrix}>
      <table>
        <thead><tr><th scope="col">{words.right}</th>{roles.map((role) => <th key={role.name} scope="col">{shown(role.name, 40)}</th>)}</tr></thead>
        <tbody>
          {rightsOf(roles).map((right) => (
            <tr key={right}>
              <th scope="row"><code>{shown(right, 80)}</code></th>
              {roles.map((role) => {
                const has = covers(role.grants, right);
                return (
                  <td key={role.name} className={has ? styles.has : styles.hasNot}>
                    {has ? <Icon name="check" size={14} /> : "·"}
                    <span className="unseen">{has ? words.has(shown(role.name, 40), shown(right, 80)) : words.hasNot(shown(role.name, 40), shown(right, 80))}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
