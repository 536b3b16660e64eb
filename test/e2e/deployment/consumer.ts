/** A consumer as docs/reading-tokens.md shows it. It prints what tells one token from another, not the token. */
import { fingerprintOf } from '../../../functions/issue.ts';
import { getToken } from '../../../functions/reader/index.ts';

console.log(fingerprintOf(await getToken('kept')));
