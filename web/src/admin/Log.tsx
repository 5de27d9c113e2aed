/** What staff did. */
import Scroll from "lucide-solid/icons/scroll-text";
import { createSignal } from "solid-js";
import { own } from "~/net/rest";
import { createLog, LogEntry, type LogPage, LogView } from "~/settings/LogEntry";
import { Choice } from "~/ui";
import { differencesOf, targetOf, wordsOf } from "./deeds";
import type { Deed } from "./wire";

const PAGE = 100;

async function fetchPage(before?: string): Promise<LogPage<Deed>> {
  const entries = await own.get<Deed[]>("/admin/audit", { limit: PAGE, before });
  return { entries, more: entries.length === PAGE };
}

const actorOf = (deed: Deed): string => deed.actor?.username ?? "The command line";

export function Log() {
  const [actor, setActor] = createSignal("");
  const log = createLog(fetchPage);
  const actors = (all: Deed[]) => [...new Set(all.map(actorOf))].sort();
  return (
    <LogView
      log={log}
      icon={Scroll}
      empty="Nothing yet"
      about="What staff does is written down here."
      shown={(deed) => !actor() || actorOf(deed) === actor()}
      tools={(deeds) => (
        <>
          <Choice
            label="Who"
            hideLabel
            value={actor()}
            onChange={setActor}
            options={[{ value: "", label: "Everybody" }, ...actors(deeds).map((name) => ({ value: name, label: name }))]}
          />
          <span class="grow" />
          <span class="set-count">Nobody can change or delete what stands here.</span>
        </>
      )}
    >
      {(deed) => (
        <LogEntry
          tone={wordsOf(deed).tone}
          at={deed.created_at}
          actor={actorOf(deed)}
          did={wordsOf(deed).did}
          target={targetOf(deed)}
          differences={differencesOf(deed)}
        />
      )}
    </LogView>
  );
}
