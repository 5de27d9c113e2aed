/** A part of the client did not come: the server was not reached, or was brought up to date and its old parts are gone. */
import { written } from "~/composer/draft";
import { keptEdit } from "~/message/edit";
import { waiting } from "~/message/outbox";
import { holding } from "~/settings/guard";
import { toast } from "~/ui/Toast";

const KEY = "guildhall.reloaded";
/** The page is loaded again at most so often: what is not there the second time is not there. */
const REST_MS = 60_000;

/** Whether something would be lost if the page were loaded again. */
export function unsent(): boolean {
  if (written() || waiting() || holding() || keptEdit() !== null) return true;
  const fields = document.querySelectorAll<HTMLTextAreaElement | HTMLInputElement>("textarea, [role=dialog] input");
  return [...fields].some((field) => field.value.trim() !== "");
}

async function reached(): Promise<boolean> {
  try {
    return (await fetch("/", { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Loads the page again where that helps and costs nothing; says otherwise what is the matter. */
export async function partMissing(reload = () => location.reload()): Promise<void> {
  if (!(await reached())) return toast("A part of the page could not be loaded: the server cannot be reached.", "bad");
  if (unsent()) {
    return toast("A part of the page could not be loaded. Send or discard what you wrote, then load the page again.", "bad");
  }
  const last = Number(sessionStorage.getItem(KEY) ?? 0);
  if (Date.now() - last < REST_MS) return toast("A part of the page could not be loaded. Try again in a minute.", "bad");
  sessionStorage.setItem(KEY, String(Date.now()));
  reload();
}
