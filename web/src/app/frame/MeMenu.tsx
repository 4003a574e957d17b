/** The reader's own menu: profile, theme, rows, signing out. */
import { useState } from "react";
import Divider from "@mui/material/Divider";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useColorScheme } from "@mui/material/styles";
import { useNavigate } from "@tanstack/react-router";
import { Icon } from "../../components/Icon";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { useMe } from "../session/me";
import { signOut } from "../session/signIn";
import { useDensity } from "../theme/preferences";
import styles from "./Frame.module.css";

const MODES = ["system", "light", "dark"] as const;
const DENSITIES = ["dense", "roomy"] as const;

export function MeMenu() {
  const me = useMe();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { mode, setMode } = useColorScheme();
  const [density, setDensity] = useDensity();
  const navigate = useNavigate();
  const name = me?.user.display_name ?? "";
  const close = () => setAnchor(null);
  return (
    <>
      <button type="button" className={styles.me} aria-label={text.frame.me(shown(name, 60))} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        {initials(name)}
      </button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={close}>
        <MenuItem onClick={() => { close(); void navigate({ to: "/profile" }); }}>
          <Icon name="person" /> <span className="cut" style={{ maxWidth: 240 }}>{shown(name, 60)}</span>
        </MenuItem>
        <Divider />
        <li role="presentation" className={styles.heading}>{text.frame.theme}</li>
        {MODES.map((one) => (
          <MenuItem key={one} role="menuitemradio" aria-checked={mode === one} onClick={() => setMode(one)}>
            <Tick on={mode === one} /> {text.theme[one]}
          </MenuItem>
        ))}
        <Divider />
        <li role="presentation" className={styles.heading}>{text.frame.density}</li>
        {DENSITIES.map((one) => (
          <MenuItem key={one} role="menuitemradio" aria-checked={density === one} onClick={() => setDensity(one)}>
            <Tick on={density === one} /> {text.density[one]}
          </MenuItem>
        ))}
        <Divider />
        <MenuItem onClick={() => { close(); void signOut().catch(() => undefined); }}>{text.frame.signOut}</MenuItem>
      </Menu>
    </>
  );
}

const Tick = ({ on }: { on: boolean }) => <span style={{ width: 18, height: 18 }}>{on && <Icon name="check" />}</span>;

function initials(name: string): string {
  const words = name.trim().split(/\s+/).slice(0, 2);
  return shown(words.map((word) => [...word][0] ?? "").join("").toUpperCase());
}
