import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../bundle.ts';
import { documents } from './documents.ts';

const directory = join(import.meta.dirname, '..', '..', 'docs');

bundle();
mkdirSync(directory, { recursive: true });
for (const [name, content] of Object.entries(documents())) writeFileSync(join(directory, name), content);
