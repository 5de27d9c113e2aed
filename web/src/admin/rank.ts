/** Who of the staff may do what to whom: owners reach everybody but themselves, admins only those without a rank. */
import { createSignal } from "solid-js";
import { own } from "~/net/rest";
import { account, myId } from "~/user/store";
import type { People, Rank } from "./wire";

const ORDER: Record<Rank, number> = { member: 0, admin: 1, owner: 2 };

export const RANKS: { value: Rank; label: string; about: string }[] = [
  { value: "member", label: "Member", about: "Like everybody." },
  { value: "admin", label: "Admin", about: "Looks after people and settings." },
  { value: "owner", label: "Owner", about: "May do everything, also to admins and other owners." },
];

export const rankName = (rank: Rank): string => RANKS.find((one) => one.value === rank)?.label ?? rank;

export const mayTouch = (actor: Rank, target: Rank): boolean =>
  actor === "owner" || (actor === "admin" && ORDER[target] < ORDER.admin);

/** Ranks that one may give. */
export const givable = (actor: Rank): Rank[] => RANKS.map((one) => one.value).filter((rank) => mayTouch(actor, rank));

const [myRank, setMyRank] = createSignal<Rank>("admin");
export { myRank };

/** Asks what one is oneself: the list of people says so. */
export async function askRank(): Promise<void> {
  const name = account.me?.username;
  if (!name) return;
  const { users } = await own.get<People>("/admin/users", { query: name, limit: 200 });
  const me = users.find((one) => one.id === myId());
  if (me) setMyRank(me.rank);
}
