/** Addresses at which an application is called, and where it is added instead of here. */
import { api } from "~/net/rest";
import { Field } from "~/ui";
import { createDraft } from "../../draft";
import { Card, Section } from "../../parts";
import { SaveBar } from "../../SaveBar";
import type { Application } from "../application";
import type { PartProps } from "./part";

const FIELDS = [
  {
    key: "interactions_endpoint_url",
    label: "Interactions",
    note: "Commands and buttons are sent there, signed with the key of the application, instead of over the gateway. It is probed when you save.",
  },
  {
    key: "role_connections_verification_url",
    label: "Linked roles",
    note: "Where members prove what a linked role asks for.",
  },
  { key: "custom_install_url", label: "Adding it", note: "Leads there instead of to the page of this server." },
] as const;

export function Endpoints(props: PartProps) {
  const draft = createDraft(
    () => ({
      interactions_endpoint_url: props.application.interactions_endpoint_url ?? "",
      role_connections_verification_url: props.application.role_connections_verification_url ?? "",
      custom_install_url: props.application.custom_install_url ?? "",
    }),
    async (changes) => {
      const body = Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, value?.trim() || null]));
      props.onChange(await api.patch<Application>(`/applications/${props.application.id}`, body));
    },
  );
  return (
    <>
      <Section>
        <Card>
          {FIELDS.map((field) => (
            <Field
              label={field.label}
              type="url"
              value={draft.value(field.key)}
              onChange={(value) => draft.set(field.key, value)}
              placeholder="https://"
              maxLength={2048}
              note={field.note}
              error={draft.errors()[field.key]}
            />
          ))}
        </Card>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}
