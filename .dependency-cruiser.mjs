/** The arrows: which floor may import which. Imports point down only; test/architecture.test.ts runs this. */
const floors = [
  '^src/domain/',
  '^src/(config\\.ts|storage/|audio/|feed/|downloads/|webhook/)',
  '^src/pipeline/',
  '^src/adapters/',
  '^src/(http|studio)/',
  '^(src/cli/|workers/)',
];

const upward = floors.slice(0, -1).map((from, floor) => ({
  name: `floor-${floor + 1}-imports-up`,
  comment: 'Imports point down: a lower floor may not know a higher one.',
  severity: 'error',
  from: { path: from },
  to: { path: floors.slice(floor + 1) },
}));

const onlyImporter = (name, packagePattern, allowed) => ({
  name,
  severity: 'error',
  from: { pathNot: allowed },
  to: { path: `node_modules/${packagePattern}/` },
});

export default {
  forbidden: [
    ...upward,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      comment: 'The words of the field import nothing but zod, and hashing.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', 'node_modules/zod/', '^(node:)?crypto$'] },
    },
    {
      name: 'floor-2-does-not-act',
      comment: 'Describe, then run: no child processes, files or sockets below the adapters.',
      severity: 'error',
      from: { path: '^src/(storage|audio|feed|downloads|webhook|pipeline)/' },
      to: { path: '^(node:)?(child_process|fs|fs/promises|net|http|https|dns|worker_threads)$' },
    },
    {
      name: 'source-does-not-import-tests',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^(test|fixtures)/' },
    },
    onlyImporter('one-importer-of-fluent-ffmpeg', '(@types/)?fluent-ffmpeg', [
      '^src/adapters/ffmpeg/ffmpeg\\.ts$',
      'node_modules',
    ]),
    onlyImporter('one-importer-of-podcast', 'podcast', [
      '^src/feed/rss\\.ts$',
      '^test/feed/item-xml\\.test\\.ts$',
      'node_modules',
    ]),
    onlyImporter('bullmq-stays-in-its-adapters', 'bullmq', ['^src/adapters/', '^test/', 'node_modules']),
    onlyImporter('s3-stays-in-its-adapter', '@aws-sdk', ['^src/adapters/', '^test/', 'node_modules']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
