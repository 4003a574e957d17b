/** Everything at a glance: what runs, what failed, what needs somebody, how the sources fare. */
import { useQuery } from "@tanstack/react-query";
import { Page } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { covers, useMe } from "../../app/session/me";
import { text } from "../../texts";
import { countsQuery } from "../runs/queries";
import { FirstSteps } from "./FirstSteps";
import styles from "./home.module.css";
import { NeedsYou } from "./NeedsYou";
import { NextSchedules } from "./NextSchedules";
import { Failures, RecentRuns } from "./RunBlocks";
import { RunCharts } from "./RunCharts";
import { SourceStrip } from "./SourceStrip";
import { Tiles } from "./Tiles";

export function HomePage() {
  const me = useMe();
  const { error } = useQuery({ ...countsQuery, enabled: me !== undefined && covers(me.grants, "runs:read") });
  if (me === undefined) return <Page title={text.home.title}>{null}</Page>;
  const may = (permission: string) => covers(me.grants, permission);
  return (
    <Page title={text.home.title}>
      <div className={styles.home}>
        {error !== null && <ProblemAlert error={error} />}
        {may("runs:submit") && may("sources:read") && <FirstSteps />}
        <Tiles may={may} />
        {may("runs:read") && <RunCharts />}
        {may("sources:read") && <SourceStrip />}
        <div className={styles.columns}>
          <NeedsYou may={may} />
          {may("runs:read") && <Failures />}
        </div>
        <div className={styles.columns}>
          {may("schedules:read") && <NextSchedules />}
          {may("runs:read") && <RecentRuns />}
        </div>
      </div>
    </Page>
  );
}
