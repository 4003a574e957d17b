/** The rail: the places one may go to. */
import { Link } from "@tanstack/react-router";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import { PLACES } from "../places";
import { covers, useMe } from "../session/me";
import styles from "./Frame.module.css";

export function Rail({ collapsed, onCollapse }: { collapsed: boolean; onCollapse?: () => void }) {
  const me = useMe();
  const places = PLACES.filter((place) => me === undefined || (place.permissions?.some((permission) => covers(me.grants, permission)) ?? true));
  return (
    <nav className={styles.rail} aria-label={text.frame.places}>
      <Link to="/" className={styles.brand} aria-label={text.product}>
        <img src="/icon.svg" alt="" />
        {!collapsed && text.product}
      </Link>
      {places.map((place) => (
        <Link key={place.to} to={place.to} className={styles.link} data-begins={place.begins} activeOptions={{ exact: place.to === "/" }} title={collapsed ? place.label : undefined} aria-label={place.label}>
          <Icon name={place.icon} />
          {!collapsed && place.label}
        </Link>
      ))}
      <span className={styles.grow} />
      {onCollapse && (
        <button type="button" className={styles.fold} onClick={onCollapse} aria-label={collapsed ? text.frame.expand : text.frame.collapse} aria-expanded={!collapsed}>
          <Icon name={collapsed ? "right" : "left"} />
          {!collapsed && text.frame.collapse}
        </button>
      )}
    </nav>
  );
}
