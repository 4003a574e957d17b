/** What is around every page of somebody who is signed in: rail, bar, banners, keyboard, messages. */
import { useEffect, useState } from "react";
import Drawer from "@mui/material/Drawer";
import { useIsFetching } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { text } from "../../texts";
import { useHub, useLiveState } from "../live/LiveContext";
import { commitWaiting } from "../notices";
import { OWN_PLACES, PLACES } from "../places";
import { ExpiryBanner } from "../session/ExpiryBanner";
import { useSession } from "../session/useSession";
import { handleKey, useShortcuts } from "../shortcuts";
import { useDensity, useRailCollapsed } from "../theme/preferences";
import styles from "./Frame.module.css";
import { KeyboardHelp } from "./KeyboardHelp";
import { LostBanner } from "./LostBanner";
import { Notices } from "./Notices";
import { Palette } from "./Palette";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

export function Frame() {
  const [collapsed, setCollapsed] = useRailCollapsed();
  const [drawer, setDrawer] = useState(false);
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const { pathname } = useLocation();
  useLeavingSession();
  useKeyboard(setOpen);
  const [density] = useDensity();
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
  useEffect(() => setDrawer(false), [pathname]);
  return (
    <div className={styles.frame} data-collapsed={collapsed || undefined}>
      <a className={styles.skip} href="#content" onClick={(event) => {
        event.preventDefault();
        document.getElementById("content")?.focus();
      }}>{text.frame.skip}</a>
      <aside className={styles.aside}><Rail collapsed={collapsed} onCollapse={() => setCollapsed(!collapsed)} /></aside>
      <Drawer open={drawer} onClose={() => setDrawer(false)}>
        <div className={styles.drawer}><Rail collapsed={false} /></div>
      </Drawer>
      <TopBar onMenu={() => setDrawer(true)} onPalette={() => setOpen("palette")} onKeys={() => setOpen("keys")} />
      <Content />
      <Palette open={open === "palette"} onClose={() => setOpen(null)} onKeys={() => setOpen("keys")} />
      <KeyboardHelp open={open === "keys"} onClose={() => setOpen(null)} />
      <Notices />
    </div>
  );
}

/** The page. It says that it is busy while something is asked for that was not there before. */
function Content() {
  const isBusy = useIsFetching({ predicate: (query) => query.state.status === "pending" }) > 0;
  return (
    <main id="content" className={styles.main} tabIndex={-1} aria-busy={isBusy}>
      <LostBanner />
      <ExpiryBanner />
      <div className={styles.page}><Outlet /></div>
    </main>
  );
}

/** When the session ends, here or in another tab, the way leads to sign-in and back to this very address. */
function useLeavingSession(): void {
  const session = useSession();
  const navigate = useNavigate();
  useEffect(() => {
    if (session !== null) return;
    const { pathname, search, hash } = window.location;
    void navigate({ to: "/signin", search: { to: pathname + search + hash }, replace: true });
  }, [session, navigate]);
}

function useKeyboard(open: (what: "palette" | "keys") => void): void {
  const navigate = useNavigate();
  const hub = useHub();
  const live = useLiveState();
  const group = text.frame.keysGroup;
  useShortcuts([
    { keys: "/", label: text.frame.searchShort, group, run: () => document.getElementById("search")?.focus() },
    { keys: "mod+k", label: text.frame.palette, group, run: () => open("palette") },
    { keys: "?", label: text.frame.keys, group, run: () => open("keys") },
    { keys: "r", label: text.runs.refresh, group, run: () => void hub.refresh() },
    { keys: "p", label: live === "paused" ? text.frame.resume : text.frame.pause, group, run: () => hub.setPaused(live !== "paused") },
    ...[...PLACES, ...OWN_PLACES].map((place) => ({
      keys: `g ${place.key}`,
      label: text.frame.goTo(place.label),
      group,
      run: () => void navigate({ to: place.to }),
    })),
  ]);
  useEffect(() => {
    document.addEventListener("keydown", handleKey);
    window.addEventListener("pagehide", commitWaiting);
    return () => {
      document.removeEventListener("keydown", handleKey);
      window.removeEventListener("pagehide", commitWaiting);
    };
  }, []);
}
