/** Passkeys: between the server's JSON and the browser's bytes. */
import { own } from "~/net/rest";

interface Started {
  ticket: string;
  options: { publicKey: Record<string, unknown> };
}

export const passkeysWork = (): boolean => typeof PublicKeyCredential !== "undefined" && window.isSecureContext;

export function toBytes(text: string): ArrayBuffer {
  const binary = atob(
    text
      .replace(/-/g, "+")
      .replace(/_/g, "/")
      .padEnd(Math.ceil(text.length / 4) * 4, "="),
  );
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

export function toText(bytes: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Fields of WebAuthn's options that are bytes. */
function decode(value: unknown, key = ""): unknown {
  if (typeof value === "string" && ["challenge", "id"].includes(key)) return toBytes(value);
  if (Array.isArray(value)) return value.map((one) => decode(one));
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, key === "rp" ? inner : decode(inner, name)]),
    );
  }
  return value;
}

function encodeCredential(credential: PublicKeyCredential): Record<string, unknown> {
  const response = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const bytes = (value: ArrayBuffer | null | undefined) => (value ? toText(value) : undefined);
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    extensions: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: bytes(response.clientDataJSON),
      attestationObject: bytes(response.attestationObject),
      authenticatorData: response.signature ? bytes(response.authenticatorData) : undefined,
      signature: bytes(response.signature),
      userHandle: bytes(response.userHandle),
    },
  };
}

export async function assert(options: { publicKey: Record<string, unknown> }): Promise<Record<string, unknown>> {
  const publicKey = decode(options.publicKey) as PublicKeyCredentialRequestOptions;
  const credential = await navigator.credentials.get({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("No passkey was chosen.");
  return encodeCredential(credential);
}

/** Logs in with a passkey that the device knows, without a name. */
export async function logInWithPasskey(): Promise<{ token: string }> {
  const { ticket, options } = await own.post<Started>("/passkeys/login/start", {});
  return own.post("/passkeys/login/finish", { ticket, credential: await assert(options) });
}

export async function addPasskey(name: string, password: string): Promise<{ backup_codes?: { code: string | null; consumed: boolean }[] }> {
  const { ticket, options } = await own.post<Started>("/passkeys/register/start", { password });
  const publicKey = decode(options.publicKey) as PublicKeyCredentialCreationOptions;
  const credential = await navigator.credentials.create({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("No passkey was made.");
  return own.post("/passkeys/register/finish", { ticket, name, credential: encodeCredential(credential) });
}
