import { expect, it } from "vitest";
import { type Component, ComponentKind as Kind } from "~/wire";
import { looseFiles } from "./media";

const file = (id: string) => ({ id, filename: `${id}.txt`, size: 1, url: `/${id}`, proxy_url: `/${id}` });
const media = (id: string) => ({ url: `/${id}`, attachment_id: id });

it("lists files of a message once, wherever its components show them", () => {
  const components: Component[] = [
    {
      type: Kind.Container,
      components: [
        { type: Kind.File, file: media("1") },
        { type: Kind.MediaGallery, items: [{ media: media("2") }, { media: { url: "https://elsewhere.example/a.png" } }] },
        { type: Kind.Section, accessory: { type: Kind.Thumbnail, media: media("3") } },
      ],
    },
  ];
  const files = ["1", "2", "3", "4"].map(file);
  expect(looseFiles(files, components).map((one) => one.id)).toEqual(["4"]);
  expect(looseFiles(files, [])).toBe(files);
  expect(looseFiles(files, undefined)).toBe(files);
});
