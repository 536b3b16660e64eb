import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, and what CI machines bring along. */
const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executable = EXECUTABLES.find((path) => existsSync(path));

/** Whether Chromium is installed (apt package `chromium`); says loudly where it is not. */
export const chromiumIsPresent = (): boolean => {
  if (executable === undefined) {
    console.warn(`SKIPPED: there is none of ${EXECUTABLES.join(', ')} (apt-get install chromium)`);
  }
  return executable !== undefined;
};

/** A headless Chromium that calls nobody on its own. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    ...(executable === undefined ? {} : { executablePath: executable }),
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
