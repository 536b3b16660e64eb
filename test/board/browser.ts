import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Whether Chromium is installed (apt package `chromium`); says loudly where it is not. */
export const chromiumIsPresent = (): boolean => {
  const present = existsSync(EXECUTABLE);
  if (!present) console.warn(`SKIPPED: ${EXECUTABLE} is missing (apt-get install chromium)`);
  return present;
};

/** A headless Chromium that calls nobody on its own. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
