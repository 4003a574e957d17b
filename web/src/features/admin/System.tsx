/** How the installation fares: its services, the search index, the engine's counters, the signing key. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { Recount } from "../../api/types";
import { notify } from "../../app/notices";
import { covers, useMe, useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import { formatCount } from "../../components/format";
import { HealthBadge } from "../../components/Health";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Page";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { listIn, textIn } from "../../components/read";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import styles from "./admin.module.css";
import { healthQuery, indexQuery, recount, rotateKeys } from "./queries";

const words = text.admin.system;

export function System() {
  const me = useMe();
  const mayRotate = me !== undefined && covers(me.grants, "signing_keys:rotate");
  return (
    <div className={styles.scroll}>
      <Services />
      {me !== undefined && covers(me.grants, "postings:read") && <Index />}
      <Section title={words.recount} what={words.recountWhat}><RecountRuns /></Section>
      {mayRotate && <Section title={words.keys} what={words.keysWhat}><Rotate /></Section>}
    </div>
  );
}

function Services() {
  const { data, error } = useQuery(healthQuery);
  const own = { name: textIn(data, "service"), status: textIn(data, "status") };
  const others = listIn(data, "parts").map((part) => ({ name: textIn(part, "name"), status: textIn(part, "status") }));
  const version = textIn(data, "version");
  return (
    <Section title={words.services} what={words.servicesWhat}>
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      <ul className={styles.services}>
        {[own, ...others].map((service, index) => service.name !== undefined && (
          <li key={index}><span className="cut">{shown(service.name, 60)}</span><HealthBadge condition={service.status ?? "unknown"} /></li>
        ))}
      </ul>
      {version !== undefined && <p className={parts.soft}>{words.version} {shown(version, 40)}</p>}
    </Section>
  );
}

function Index() {
  const { data, error } = useQuery(indexQuery);
  return (
    <Section title={words.index} what={words.indexWhat}>
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      {data && <p>{words.indexed(data.postings)}. {words.behind(Math.max(0, data.last_position - data.position))}</p>}
    </Section>
  );
}

function RecountRuns() {
  const missing = useMissing("system:read");
  const count = useMutation({ mutationFn: recount });
  return (
    <>
      <div><ActionButton label={count.isPending ? words.recounting : words.recountGo} icon="refresh" disabledWhy={missing ?? (count.isPending ? words.recounting : undefined)} onClick={() => count.mutate()} /></div>
      {count.error !== null && <ProblemAlert error={count.error} />}
      {count.data && <Counted result={count.data} />}
    </>
  );
}

function Counted({ result }: { result: Recount }) {
  const names: Readonly<Record<string, string | undefined>> = words.tally;
  const tallies = Object.entries(result.tallies).map(([name, value]) => [names[name] ?? shown(name.replaceAll("_", " "), 60), typeof value === "number" ? formatCount(value) : shown(JSON.stringify(value), 60)] as const);
  const wrong = result.disagreements.length;
  return (
    <div role="status" className={parts.stack}>
      {wrong === 0 ? <p className={parts.good}><Icon name="check" size={16} />{words.agrees}</p> : <p>{words.disagrees(wrong)}</p>}
      {wrong > 0 && <JsonView value={result.disagreements} label={words.disagreements} />}
      <h3>{words.tallies}</h3>
      <Facts rows={tallies} />
    </div>
  );
}

function Rotate() {
  const rotate = useMutation({ mutationFn: rotateKeys, onSuccess: () => notify(words.rotated), onError: (problem) => notify(asProblem(problem).detail, "failed") });
  return <div><ConfirmWithUndo label={words.rotate} title={words.rotateTitle} announce={words.rotating} onConfirm={() => rotate.mutate()}>{words.rotateWhat}</ConfirmWithUndo></div>;
}
