/** What stands in the place of a page that cannot be shown, and of an address that is none. */
import Button from "@mui/material/Button";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "../components/EmptyState";
import { ProblemAlert } from "../components/ProblemAlert";
import { text } from "../texts";
import styles from "./Plain.module.css";

export function Crash({ error }: { error: unknown }) {
  const reload = <Button variant="outlined" onClick={() => window.location.reload()}>{text.crash.reload}</Button>;
  return (
    <div className={styles.center}>
      <div className={styles.card}>
        <h1>{text.crash.title}</h1>
        <ProblemAlert error={error} action={reload} />
      </div>
    </div>
  );
}

export function NotFound() {
  return (
    <EmptyState title={text.notFound.title} action={<Link to="/">{text.notFound.home}</Link>}>
      {text.notFound.what}
    </EmptyState>
  );
}
