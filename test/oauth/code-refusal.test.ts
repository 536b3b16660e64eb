import { describe, expect, it } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { codeRefusal } from '../../functions/oauth/code-refusal.ts';

describe('a refusal of a code', () => {
  it('that says nothing is told by the code of its failure', () => {
    const silent = new RefreshError('credentials_rejected', 'the provider refused');
    expect(codeRefusal(silent, { invalid: 'code_unknown' })).toBe('credentials_rejected');
  });
});
