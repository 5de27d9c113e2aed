import { describe, expect, it, vi } from "vitest";
import type { Attachment } from "~/wire";

vi.stubGlobal("location", { href: "https://hall.example/channels/1/2" });
const { sourceOf } = await import("./picture");

const file = (content_type: string, width = 4000): Attachment => ({
  id: "1",
  filename: "x",
  size: 9,
  url: "https://hall.example/cdn/attachments/1/2/x",
  proxy_url: "https://hall.example/cdn/attachments/1/2/x",
  content_type,
  width,
  height: width,
});
const SIZE = { width: 360, height: 360 };

describe("pictures of messages", () => {
  it("are made smaller where the server can", () => {
    for (const kind of ["image/png", "image/jpeg", "image/webp"]) {
      expect(sourceOf(file(kind), SIZE, 2)).toBe("/cdn/attachments/1/2/x?width=720&height=720");
    }
  });

  it("come as they are where it cannot, where they move, and where they are small", () => {
    for (const kind of ["image/bmp", "image/avif", "image/heic", "image/tiff", "image/gif"]) {
      expect(sourceOf(file(kind), SIZE, 2)).toBe("/cdn/attachments/1/2/x");
    }
    expect(sourceOf(file("image/png", 300), SIZE, 1)).toBe("/cdn/attachments/1/2/x");
  });
});
