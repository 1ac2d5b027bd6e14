/** Fields that nothing reads, told where they stand and with what was meant. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkShow } from '../../src/feed/show-rules.ts';
import { eachUnknownField } from '../../src/feed/unknown-fields.ts';
import { issuesOf } from '../../src/http/problem.ts';

describe('an unknown field', () => {
  it('is told for itself, also deep in lists, with the nearest name there', () => {
    const schema = z.strictObject({
      title: z.string(),
      chapters: z.array(z.strictObject({ startSeconds: z.number().optional() })).optional(),
      edit: z.strictObject({ trimStartSeconds: z.number() }).nullable().optional(),
    });
    const body = { title: 'x', titel: 'y', zzz: 1, chapters: [{ startSecond: 1 }], edit: { trimStart: 1 } };
    const issues = eachUnknownField(schema.safeParse(body).error?.issues ?? [], schema, 'is not read.');
    expect(issuesOf(new z.ZodError(issues))).toEqual(
      expect.arrayContaining([
        { path: 'titel', message: 'is not read. Did you mean “title”?' },
        { path: 'zzz', message: 'is not read.' },
        { path: 'chapters[0].startSecond', message: 'is not read. Did you mean “startSeconds”?' },
        { path: 'edit.trimStart', message: expect.stringContaining('is not read.') },
      ]),
    );
  });

  it('of a show is refused inside its lists and groups too', () => {
    const body = { title: 'x', txt: [{ value: 'v', purposse: 'verify' }], sound: { chanels: 'mono' } };
    const checked = checkShow(body, {});
    expect(checked.ok ? [] : issuesOf(checked.error)).toEqual(
      expect.arrayContaining([
        { path: 'txt[0].purposse', message: 'is no setting of a show. Did you mean “purpose”?' },
        { path: 'sound.chanels', message: 'is no setting of a show. Did you mean “channels”?' },
      ]),
    );
  });
});
