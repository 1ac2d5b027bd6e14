/** Who does what in a podcast: groups and roles of the Podcast Taxonomy, whose words `podcast:person` takes in any case. */

const ROLES_OF_GROUP: Readonly<Record<string, readonly string[]>> = {
  cast: ['host', 'co-host', 'guest host', 'guest', 'voice actor', 'narrator', 'announcer', 'reporter'],
  'creative direction': [
    'director',
    'assistant director',
    'executive producer',
    'senior producer',
    'producer',
    'associate producer',
    'development producer',
    'creative director',
  ],
  writing: [
    'author',
    'editorial director',
    'co-writer',
    'writer',
    'songwriter',
    'guest writer',
    'story editor',
    'managing editor',
    'script editor',
    'script coordinator',
    'researcher',
    'editor',
    'fact checker',
    'translator',
    'transcriber',
    'logger',
  ],
  'audio production': [
    'studio coordinator',
    'technical director',
    'technical manager',
    'audio engineer',
    'remote recording engineer',
    'post production engineer',
  ],
  'audio post-production': [
    'audio editor',
    'sound designer',
    'foley artist',
    'composer',
    'theme music',
    'music production',
    'music contributor',
  ],
  administration: [
    'production coordinator',
    'booking coordinator',
    'production assistant',
    'content manager',
    'marketing manager',
    'sales representative',
    'sales manager',
  ],
  visuals: ['graphic designer', 'cover art designer'],
  community: ['social media manager'],
  'misc.': ['consultant', 'intern'],
  'video production': ['camera operator', 'lighting designer', 'camera grip', 'assistant camera'],
  'video post-production': ['editor', 'assistant editor'],
};

export const TAXONOMY_GROUPS: readonly string[] = Object.keys(ROLES_OF_GROUP);
export const TAXONOMY_ROLES: readonly string[] = [...new Set(Object.values(ROLES_OF_GROUP).flat())];

/** The first group that has the role. Apps take `cast` where none is named, which a producer is not of. */
export function groupOfRole(role: string): string | undefined {
  return TAXONOMY_GROUPS.find((group) => ROLES_OF_GROUP[group]?.includes(role.toLowerCase()));
}
