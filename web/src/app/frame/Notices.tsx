/** Messages at the edge of the page. */
import { shown } from "../../components/shown";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import { dismiss, useNotices } from "../notices";
import styles from "./Frame.module.css";

export function Notices() {
  const notices = useNotices();
  return (
    <div className={styles.notices} role="status" aria-live="polite">
      {notices.map((notice) => (
        <div key={notice.id} className={styles.notice} data-tone={notice.tone}>
          <span className="foreign">{shown(notice.message, 300)}</span>
          {notice.undo && <button type="button" onClick={notice.undo}>{text.common.undo}</button>}
          {!notice.undo && <button type="button" onClick={() => dismiss(notice.id)} aria-label={text.common.close}><Icon name="close" size={14} /></button>}
        </div>
      ))}
    </div>
  );
}
