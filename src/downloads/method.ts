/** How downloads are counted, in words and numbers: what every answer with counts names as its method. */

/** Sound that must really have been sent of an episode, all of it where the episode is shorter. */
export const MINIMUM_SECONDS = 60;

/** Days are counted from midnight to midnight here. */
export const TIME_ZONE = 'UTC';

/**
 * After the Podcast Measurement Technical Guidelines 2.1 of the IAB Tech Lab (March 2021); nobody certified it.
 * Where those leave a choice: the window of 24 hours is the day in UTC, because the salt is another one tomorrow;
 * IPv6 addresses count by their first 64 bits; requests without a user agent are left out with the bots; whoever is
 * not on the list of apps counts as Other; addresses of data centres are not told apart.
 */
export const METHOD = {
  name: 'IAB Podcast Measurement Technical Guidelines 2.1, not certified',
  minimumSeconds: MINIMUM_SECONDS,
  windowHours: 24,
  rules: [
    'one download a listener, episode and day; a day is 00:00 to 24:00 UTC',
    'a listener is an IP address (IPv6: its first 64 bits) with a user agent, hashed with a random salt that is deleted after the day',
    'at least one minute of sound was really sent, tags and cover not counted; several ranges are added up, overlaps once',
    'left out: HEAD, probes of two bytes, known bots, requests without a user agent, copies that Apple Watches fetch',
  ],
} as const;
