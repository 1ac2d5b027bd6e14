/** Whose requests are no listening: programs that read the web, caches, checks. By words in the user agent. Pure. */
import { remembered } from './remembered.ts';

/** Why a request is left out, undefined when it counts. */
export type NotAListener = 'no-agent' | 'bot' | 'watch';

/**
 * Our own list, short on purpose. Programs that name themselves say bot, crawler or spider; then come readers of links
 * and directories, caches that fetch for others, machines that watch a server, and the libraries of scripts. What may be
 * a person's player (okhttp, CFNetwork, ExoPlayer, stagefright) is not here. Phones called Cubot are no bots.
 */
const BOTS = new RegExp(
  [
    '(?<!cu)bot(?![a-z])',
    'crawler|spider|slurp|archiver|scrap(er|y)|harvest|indexer|validator|fetcher|scanner',
    'facebookexternalhit|facebookcatalog|meta-external|^whatsapp/|bingpreview|google-?(other|read-aloud|inspection)',
    '^itms$|podchaser|podcastindex|podping|listen ?notes|voxalyze|deepgram|transcrib',
    'amazon cloudfront|aws-sdk|cloudflare|fastly|akamai|varnish|^nginx|haproxy|traefik',
    'pingdom|uptime|statuscake|site24x7|monitor(ing)?\\b|healthcheck|kube-probe|elb-health|prometheus|lighthouse',
    '\\b(curl|wget|aria2)/|^(curl|wget)\\b|python|aiohttp|httpx|go-http-client|libwww|lwp::|mechanize|^java/|jakarta',
    'apache-httpclient|axios|node-fetch|^node\\b|undici|^got\\b|^ruby|faraday|guzzle|^php|postman|insomnia|http_request',
    'headless|phantomjs|puppeteer|playwright|selenium|^aftershow',
  ].join('|'),
  'i',
);

/** Apple's watch fetches again what its phone fetched: the guidelines count the phone alone. */
const WATCH = /watchos|\bwatch\d+,\d+|\(apple watch/i;

export const notAListener = remembered((userAgent: string): NotAListener | undefined => {
  if (userAgent.trim() === '' || userAgent.trim() === '-') return 'no-agent';
  if (WATCH.test(userAgent)) return 'watch';
  return BOTS.test(userAgent) ? 'bot' : undefined;
});
