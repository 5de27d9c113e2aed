/** End to end: the real binary, and Chromium from this machine. Nothing is skipped; who fails is tried once more, and is named as flaky. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig } from "@playwright/test";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser: named by CHROMIUM, or the first of these on PATH. */
function chromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`none of ${NAMES.join(", ")} is on PATH: install Chromium, or name it in CHROMIUM`);
}

export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  timeout: 180_000,
  expect: { timeout: 15_000 },
  fullyParallel: false,
  workers: 2,
  retries: 1,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium(),
      // Chromium's own sandbox refuses to run as root.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
