/** The dialogs that can be asked for from anywhere; each is fetched when it is first asked for. */
import { lazy, Match, Show, Suspense, Switch } from "solid-js";
import { StartThread } from "~/thread/Start";
import "./dialog.css";
import { closeDialog, type DialogName, dialog } from "./store";

const AddGuild = lazy(() => import("~/guild/Add"));
const LeaveGuild = lazy(() => import("~/guild/Leave"));
const InvitePeople = lazy(() => import("~/invite/People"));
const CreateChannel = lazy(() => import("~/channel/Create"));
const EditChannel = lazy(() => import("~/channel/Edit"));
const DeleteChannel = lazy(() => import("~/channel/Delete"));
const EventsDialog = lazy(() => import("~/event/Dialog"));
const ComposePoll = lazy(() => import("~/poll/Compose"));
const BrowseChannels = lazy(() => import("~/onboarding/Browse"));
const LinkedRoles = lazy(() => import("~/link/Dialog"));
const NewGroup = lazy(() => import("~/home/NewGroup"));
const EditGroup = lazy(() => import("~/home/EditGroup"));
const LeaveGroup = lazy(() => import("~/home/LeaveGroup"));
const CustomStatus = lazy(() => import("~/user/CustomStatus"));
const Switcher = lazy(() => import("~/app/Switcher"));
const ShortcutList = lazy(() => import("~/app/ShortcutList"));

/** What a dialog is given. */
export interface Asked<Kind extends DialogName["kind"]> {
  asked: Extract<DialogName, { kind: Kind }>;
  onClose: () => void;
}

export function Dialogs() {
  return (
    <>
      <Suspense>
        <Show when={dialog()} keyed>
          {(asked) => <Asked asked={asked} />}
        </Show>
      </Suspense>
      <StartThread />
    </>
  );
}

function Asked(props: { asked: DialogName }) {
  const is = <Kind extends DialogName["kind"]>(kind: Kind) =>
    props.asked.kind === kind ? (props.asked as Extract<DialogName, { kind: Kind }>) : undefined;
  return (
    <Switch>
      <Match when={is("add-guild")}>{(asked) => <AddGuild asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("leave-guild")}>{(asked) => <LeaveGuild asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("invite")}>{(asked) => <InvitePeople asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("create-channel")}>{(asked) => <CreateChannel asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("edit-channel")}>{(asked) => <EditChannel asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("delete-channel")}>{(asked) => <DeleteChannel asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("events")}>{(asked) => <EventsDialog asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("poll")}>{(asked) => <ComposePoll asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("browse-channels")}>{(asked) => <BrowseChannels asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("linked-roles")}>{(asked) => <LinkedRoles asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("new-group")}>{(asked) => <NewGroup asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("edit-group")}>{(asked) => <EditGroup asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("leave-group")}>{(asked) => <LeaveGroup asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("status")}>{(asked) => <CustomStatus asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("switcher")}>{(asked) => <Switcher asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("shortcuts")}>{(asked) => <ShortcutList asked={asked()} onClose={closeDialog} />}</Match>
    </Switch>
  );
}
