/** For administrators: people, roles, keys, the system. Each tab for those who may see it. */
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { covers, useMe } from "../../app/session/me";
import { Page } from "../../components/Page";
import parts from "../../components/Parts.module.css";
import { text } from "../../texts";
import { Keys } from "./Keys";
import { People } from "./People";
import { Roles } from "./Roles";
import { System } from "./System";

const words = text.admin;

const TABS = [
  { name: "users", permission: "users:read", Content: People },
  { name: "roles", permission: "roles:read", Content: Roles },
  { name: "keys", permission: "api_keys:read_all", Content: Keys },
  { name: "system", permission: "system:read", Content: System },
] as const;

export function AdminPage() {
  const { tab } = useSearch({ from: "/frame/admin" });
  const navigate = useNavigate();
  const me = useMe();
  if (me === undefined) return <Page title={words.title}>{null}</Page>;
  const open = TABS.filter((one) => covers(me.grants, one.permission));
  const shown = open.find((one) => one.name === tab) ?? open[0];
  if (shown === undefined) return <Page title={words.title}><p>{text.common.needs("users:read")}</p></Page>;
  return (
    <Page fill title={words.title}>
      <div className={parts.list} style={{ height: "100%" }}>
        <Tabs value={shown.name} onChange={(_, next: string) => void navigate({ to: "/admin", search: { tab: next } })} aria-label={words.title} variant="scrollable" scrollButtons={false} sx={{ px: "var(--s4)", flex: "none" }}>
          {open.map(({ name }) => <Tab key={name} value={name} label={words.tabs[name]} id={`tab-${name}`} aria-controls="tabpanel" />)}
        </Tabs>
        <div role="tabpanel" id="tabpanel" aria-labelledby={`tab-${shown.name}`} className={parts.list}><shown.Content /></div>
      </div>
    </Page>
  );
}
