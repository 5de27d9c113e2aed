/** Where pictures of messages come from. */
import { local, preview } from "~/net/cdn";
import type { Attachment } from "~/wire";
import { current } from "./renew";

/** What the server makes smaller; everything else is shown as it is, where the browser can. */
const isScaled = (file: Pick<Attachment, "content_type">): boolean =>
  ["image/png", "image/jpeg", "image/webp", "image/gif"].includes(file.content_type?.split(";")[0]?.trim() ?? "");

/** Where a picture of that size on screen comes from. */
export function sourceOf(file: Attachment, size: { width: number; height: number }, density: number): string {
  const whole = file.content_type === "image/gif" || (file.width ?? 0) <= size.width * density || !isScaled(file);
  if (whole) return local(current(file.url));
  return preview(current(file.proxy_url || file.url), size.width * density, size.height * density);
}
