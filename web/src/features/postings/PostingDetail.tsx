/** One posting: what it says, in fields and in words, and the sightings it is made of. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { PostingDetail as Detail } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import { conditionWord } from "../../components/Health";
import { Icon } from "../../components/Icon";
import { IdChip } from "../../components/IdChip";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { fieldOf, textIn, textsIn } from "../../components/read";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { Tags } from "../../components/Tags";
import { text } from "../../texts";
import styles from "./postings.module.css";
import { postingQuery, splitPosting } from "./queries";
import { countryOf, dayOf, languageOf, linesOf, linkOf, placesOf, salaryOf, wordOfValue } from "./reading";
import { Sightings } from "./Sightings";

const words = text.postings;
const LONGEST_TEXT = 12_000;

/** The detail for the list's side. */
export function usePostingDetail(id: string | undefined, onClose: () => void) {
  const { data, error } = useQuery({ ...postingQuery(id ?? ""), enabled: id !== undefined });
  if (id === undefined) return undefined;
  if (data === undefined) return { label: words.title, heading: null, body: error === null ? null : <ProblemAlert error={error} />, onClose };
  const title = shown(textIn(data, "title") ?? words.title, 300);
  return { label: title, heading: <Heading posting={data} title={title} />, actions: <Actions posting={data} />, body: <Body key={data.id} posting={data} />, onClose };
}

function Heading({ posting, title }: { posting: Detail; title: string }) {
  return (
    <>
      <h2 className={`${styles.title} foreign`}>{title}</h2>
      <p className={`${styles.under} foreign`}>{shown(textIn(posting, "company") ?? "", 200)}</p>
    </>
  );
}

function Actions({ posting }: { posting: Detail }) {
  const link = linkOf(posting);
  return (
    <>
      {link !== undefined && <a href={link} target="_blank" rel="noopener noreferrer" className={parts.actions}><Icon name="link" size={16} />{words.openAd}</a>}
      {posting.demo && <span className={parts.tag}>{words.demo}</span>}
      {posting.state !== "live" && <span className={parts.tag}>{conditionWord(posting.state)}</span>}
    </>
  );
}

function Body({ posting }: { posting: Detail }) {
  const lines = linesOf(posting);
  return (
    <>
      <PostingFacts posting={posting} />
      <Named title={words.mustHave} names={textsIn(posting, "must_have")} />
      <Named title={words.niceToHave} names={textsIn(posting, "nice_to_have")} />
      <Named title={words.requirements} names={textsIn(posting, "requirements")} />
      <Named title={words.benefits} names={textsIn(posting, "benefits")} />
      <section className={parts.stack}>
        <h3>{words.text}</h3>
        {lines === undefined ? <p className={parts.soft}>{words.noText}</p> : <p className={`${parts.prose} foreign`}>{shown(lines, LONGEST_TEXT)}</p>}
      </section>
      <Sightings sightings={posting.sightings} />
      {posting.aliases.length > 0 && <Aliases aliases={posting.aliases} />}
    </>
  );
}

function PostingFacts({ posting }: { posting: Detail }) {
  const country = textIn(posting, "country");
  const language = textIn(posting, "language");
  const employment = textIn(posting, "employment_type");
  const remote = textIn(posting, "remote");
  const value = (found: string | undefined) => (found === undefined ? undefined : shown(found, 300));
  return (
    <Facts rows={[
      [words.places, value(placesOf(posting))],
      [words.country, country && shown(countryOf(country), 60)],
      [words.salary, value(salaryOf(posting))],
      [words.employment, employment && shown(wordOfValue(employment), 60)],
      [words.level, value(textIn(posting, "experience_level"))],
      [words.remote, remote && remote !== "unknown" ? shown(wordOfValue(remote), 60) : undefined],
      [words.occupation, value(textIn(fieldOf(posting, "fields"), "occupation"))],
      [words.language, language && shown(languageOf(language), 60)],
      [words.published, dayOf(textIn(posting, "published_at"))],
      [words.untilWord, dayOf(textIn(posting, "expires_at"))],
      [words.firstSeen, <RelativeTime key="first" at={posting.first_seen_at} />],
      [words.updated, posting.updated_at === posting.first_seen_at ? undefined : <RelativeTime at={posting.updated_at} />],
    ]} />
  );
}

function Named({ title, names }: { title: string; names: readonly string[] }) {
  return names.length === 0 ? null : <section className={parts.stack}><h3>{title}</h3><Tags names={names} /></section>;
}

function Aliases({ aliases }: { aliases: readonly string[] }) {
  const client = useQueryClient();
  const missing = useMissing("postings:write");
  const split = useMutation({
    mutationFn: splitPosting,
    onSuccess: () => notify(words.wasSplit),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["postings"] }),
  });
  return (
    <section className={parts.stack}>
      <h3>{words.aliases}</h3>
      {aliases.map((alias) => (
        <p key={alias} className={styles.alias}>
          <IdChip id={alias} label={words.aliases} />
          <ConfirmWithUndo label={words.split} title={words.splitTitle} announce={words.splitting} disabledWhy={missing} onConfirm={() => split.mutate(alias)}>{words.splitWhat}</ConfirmWithUndo>
        </p>
      ))}
    </section>
  );
}
