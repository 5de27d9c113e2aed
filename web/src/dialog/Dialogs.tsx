/** The dialogs that can be asked for from anywhere; each is fetched when it is first asked for. */
import { type Component, Match, onMount, Show, Suspense, Switch } from "solid-js";
import { StartThread } from "~/thread/Start";
import { part } from "~/ui/part";
import "./dialog.css";
import { closeDialog, type DialogName, dialog } from "./store";

/** A dialog that does not come is closed: it can be asked for again. */
function dialogPart<P extends object>(load: () => Promise<{ default: Component<P> }>): Component<P> {
  return part(load, (again) => {
    onMount(() => {
      closeDialog();
      again();
    });
    return null;
  });
}

const AddGuild = dialogPart(() => import("~/guild/Add"));
const LeaveGuild = dialogPart(() => import("~/guild/Leave"));
const InvitePeople = dialogPart(() => import("~/invite/People"));
const CreateChannel = dialogPart(() => import("~/channel/Create"));
const EditChannel = dialogPart(() => import("~/channel/Edit"));
const DeleteChannel = dialogPart(() => import("~/channel/Delete"));
const LockChannel = dialogPart(() => import("~/channel/Lock"));
const EditThread = dialogPart(() => import("~/thread/Edit"));
const AddToThread = dialogPart(() => import("~/thread/Add"));
const OwnProfile = dialogPart(() => import("~/member/OwnProfile"));
const EventsDialog = dialogPart(() => import("~/event/Dialog"));
const ComposePoll = dialogPart(() => import("~/poll/Compose"));
const BrowseChannels = dialogPart(() => import("~/onboarding/Browse"));
const LinkedRoles = dialogPart(() => import("~/link/Dialog"));
const NewGroup = dialogPart(() => import("~/home/NewGroup"));
const EditGroup = dialogPart(() => import("~/home/EditGroup"));
const LeaveGroup = dialogPart(() => import("~/home/LeaveGroup"));
const Forward = dialogPart(() => import("~/message/Forward"));
const RemoveFriend = dialogPart(() => import("~/relationship/RemoveFriend"));
const CustomStatus = dialogPart(() => import("~/user/CustomStatus"));
const Switcher = dialogPart(() => import("~/app/Switcher"));
const ShortcutList = dialogPart(() => import("~/app/ShortcutList"));

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
      <Match when={is("lock-channel")}>{(asked) => <LockChannel asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("edit-thread")}>{(asked) => <EditThread asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("add-to-thread")}>{(asked) => <AddToThread asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("own-profile")}>{(asked) => <OwnProfile asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("events")}>{(asked) => <EventsDialog asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("poll")}>{(asked) => <ComposePoll asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("browse-channels")}>{(asked) => <BrowseChannels asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("linked-roles")}>{(asked) => <LinkedRoles asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("new-group")}>{(asked) => <NewGroup asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("edit-group")}>{(asked) => <EditGroup asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("leave-group")}>{(asked) => <LeaveGroup asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("remove-friend")}>{(asked) => <RemoveFriend asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("forward")}>{(asked) => <Forward asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("status")}>{(asked) => <CustomStatus asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("switcher")}>{(asked) => <Switcher asked={asked()} onClose={closeDialog} />}</Match>
      <Match when={is("shortcuts")}>{(asked) => <ShortcutList asked={asked()} onClose={closeDialog} />}</Match>
    </Switch>
  );
}
