/** Friends, requests and blocks. */
import { createStore, reconcile } from "solid-js/store";
import { api } from "~/net/rest";
import { learnUser } from "~/user/store";
import { type Id, type Relationship, RelationshipKind } from "~/wire";

const [relationships, set] = createStore<Record<Id, Relationship>>({});
export { relationships };

export function resetRelationships(all: Relationship[]): void {
  for (const one of all) learnUser(one.user);
  set(reconcile(Object.fromEntries(all.map((one) => [one.id, one]))));
}

export function setRelationship(one: Relationship): void {
  if (one.user) learnUser(one.user);
  set(one.id, reconcile({ ...relationships[one.id], ...one }));
}

export const dropRelationship = (id: Id): void => set(id, undefined as never);

export const isBlocked = (id: Id): boolean => relationships[id]?.type === RelationshipKind.Blocked;

export const ask = (username: string): Promise<void> => api.post("/users/@me/relationships", { username });
export const befriend = (id: Id): Promise<void> => api.put(`/users/@me/relationships/${id}`, { type: 1 });
export const block = (id: Id): Promise<void> => api.put(`/users/@me/relationships/${id}`, { type: 2 });
export const part = (id: Id): Promise<void> => api.delete(`/users/@me/relationships/${id}`);
