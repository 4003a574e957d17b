/** Search and read postings: what to narrow by, what was found, and one of them with what it is made of. */
import { useMemo, useRef } from "react";
import Button from "@mui/material/Button";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { SearchHit } from "../../api/types";
import { useShortcuts } from "../../app/shortcuts";
import { EmptyState } from "../../components/EmptyState";
import { ListDetail } from "../../components/ListDetail";
import { Page, Split } from "../../components/Page";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";
import { Facets } from "./Facets";
import { usePostingDetail } from "./PostingDetail";
import styles from "./postings.module.css";
import { searchQuery } from "./queries";
import { Results } from "./Results";
import { isNarrowed, tidy, toQuery, type PostingSearch } from "./search";
import { SearchField } from "./SearchField";

const words = text.postings;

export function PostingsPage() {
  const search = useSearch({ from: "/frame/postings" });
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const { posting, ...asked } = search;
  const address = JSON.stringify(asked);
  const query = useMemo(() => toQuery(JSON.parse(address) as PostingSearch, Date.now()), [address]);
  const found = useInfiniteQuery(searchQuery(query));
  const hits = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const first = found.data?.pages[0];
  const go = (next: { [K in keyof PostingSearch]?: string | undefined }, replace = true) =>
    void navigate({ to: "/postings", search: tidy({ ...search, ...next }), replace, resetScroll: false });
  const open = (hit: SearchHit | undefined) => go({ posting: hit?.posting.id }, posting !== undefined);
  useShortcuts([
    { keys: "/", label: words.searchKey, group: words.title, run: () => input.current?.focus() },
    ...(posting === undefined ? [] : [{ keys: "Escape", label: words.close, group: words.title, run: () => open(undefined) }]),
  ]);
  const detail = usePostingDetail(posting, () => open(undefined));
  const more = { has: found.hasNextPage, loading: found.isFetchingNextPage, load: () => void found.fetchNextPage() };
  return (
    <Page fill title={words.title}>
      <ListDetail detail={detail}>
        <Split side={<Facets search={search} found={first} onChange={go} />}>
          <SearchField inputRef={input} value={search.q ?? ""} sort={search.sort} total={first?.total} onChange={(q) => go({ q, posting: undefined, sort: search.sort === "relevance" && q === "" ? undefined : search.sort })} onSort={(sort) => go({ sort })} onDown={() => open(hits[0])} />
          {first?.respelled && <p className={styles.respelled} role="status">{words.respelled}</p>}
          {found.error !== null && hits.length === 0 && <div className={parts.inset}><ProblemAlert error={found.error} /></div>}
          {first !== undefined && hits.length === 0 && <Nothing search={search} onClear={() => void navigate({ to: "/postings", search: {} })} />}
          {hits.length > 0 && <Results key={address} hits={hits} open={posting} onOpen={open} more={more} memory={`postings ${address}`} />}
        </Split>
      </ListDetail>
    </Page>
  );
}

function Nothing({ search, onClear }: { search: PostingSearch; onClear: () => void }) {
  if (search.q === undefined && !isNarrowed(search)) {
    return <EmptyState title={words.empty} action={<Link to="/sources">{words.emptyGo}</Link>}>{words.emptyWhat}</EmptyState>;
  }
  return <EmptyState title={words.noMatch} action={<Button variant="outlined" onClick={onClear}>{words.clear}</Button>}>{words.noMatchWhat}</EmptyState>;
}
