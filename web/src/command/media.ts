/** Files that components show: they are not listed a second time under their message. */
import type { Attachment, Component, Id } from "~/wire";

function collect(components: readonly Component[], into: Set<Id>): void {
  for (const component of components) {
    for (const media of [component.media, component.file, ...(component.items ?? []).map((item) => item.media)]) {
      if (media?.attachment_id) into.add(media.attachment_id);
    }
    collect(component.components ?? [], into);
    if (component.accessory) collect([component.accessory], into);
  }
}

/** Files of a message that stand nowhere else in it. */
export function looseFiles(files: Attachment[], components: readonly Component[] | undefined): Attachment[] {
  if (files.length === 0 || !components?.length) return files;
  const shown = new Set<Id>();
  collect(components, shown);
  return shown.size === 0 ? files : files.filter((file) => !shown.has(file.id));
}
