/** Whether what is shown can be used by those who do not see it as others do. */
import AxeBuilder from "@axe-core/playwright";
import type { Person } from "./person";
import { expect } from "./test";

export async function sound(person: Person, where: string): Promise<void> {
  // What fades in is measured when it is there.
  await person.page.emulateMedia({ reducedMotion: "reduce" });
  await person.page.waitForTimeout(250);
  const found = await new AxeBuilder({ page: person.page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  const told = found.violations.flatMap((one) =>
    one.nodes.map(
      (node) => `${where}: ${one.id}: ${node.target.join(" ")}: ${node.any[0]?.message ?? node.failureSummary}`,
    ),
  );
  expect.soft(told).toEqual([]);
}
