/** User agents: who is left out, and which app the others are. */
import { describe, expect, it } from 'vitest';
import { notAListener } from '../../src/downloads/agents.ts';
import { appOf, OTHER_APP } from '../../src/downloads/apps.ts';

describe('left out', () => {
  it.each([
    ['', 'no-agent'],
    ['  ', 'no-agent'],
    ['-', 'no-agent'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'bot'],
    ['Mozilla/5.0 (compatible; bingbot/2.0)', 'bot'],
    ['facebookexternalhit/1.1', 'bot'],
    ['WhatsApp/2.23.20.0 A', 'bot'],
    ['Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)', 'bot'],
    ['iTMS', 'bot'],
    ['Amazon CloudFront', 'bot'],
    ['curl/8.5.0', 'bot'],
    ['Wget/1.21', 'bot'],
    ['python-requests/2.31.0', 'bot'],
    ['Go-http-client/2.0', 'bot'],
    ['node', 'bot'],
    ['aws-sdk-js/3.1169.0 ua/2.1 os/linux', 'bot'],
    ['Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0', 'bot'],
    ['Pingdom.com_bot_version_1.4', 'bot'],
    ['Aftershow/1', 'bot'],
    ['atc/1.0 watchOS/10.1 model/Watch6,2 hwp/t8301 build/21S71 (6; dt:229)', 'watch'],
    ['AppleCoreMedia/1.0.0.21S71 (Apple Watch; U; CPU OS 10_1 like Mac OS X; en_us)', 'watch'],
  ])('%j as %s', (agent, why) => {
    expect(notAListener(agent)).toBe(why);
  });
});

describe('counted as', () => {
  it.each([
    ['Podcasts/1575.1.2 CFNetwork/1408.0.4 Darwin/22.5.0', 'Apple Podcasts'],
    ['Balados/1650.20 CFNetwork/1333.0.4 Darwin/21.5.0', 'Apple Podcasts'],
    ['%E6%92%AD%E5%AE%A2/1575.1 CFNetwork/1327 Darwin/21.2.0', 'Apple Podcasts'],
    ['iTunes/12.12 (Macintosh; OS X 12.1) AppleWebKit/612.3', 'Apple Podcasts'],
    ['AppleCoreMedia/1.0.0.20D67 (iPhone; U; CPU OS 16_3_1 like Mac OS X; en_us)', 'AppleCoreMedia'],
    ['AppleCoreMedia/1.0.0.15C4092b (HomePod; U; CPU OS 11_2 like Mac OS X; de_de)', 'Apple HomePod'],
    ['Spotify/8.8.66 iOS/16.5 (iPhone14,5)', 'Spotify'],
    ['Overcast/3.0 (+http://overcast.fm/; iOS podcast app)', 'Overcast'],
    ['Pocket Casts', 'Pocket Casts'],
    ['Shifty Jelly Pocket Casts, Android v7', 'Pocket Casts'],
    ['AntennaPod/3.4.0', 'AntennaPod'],
    ['gPodder/3.11.1 (+http://gpodder.org/) Linux', 'gPodder'],
    ['Castro 2, Episode Media Download', 'Castro'],
    ['PodcastAddict/v5 - Dalvik/2.1.0 (Linux; U; Android 13)', 'Podcast Addict'],
    ['CastBox/8.30 (Linux;Android 12)', 'CastBox'],
    ['newsboat/2.21.0 (Linux x86_64)', 'newsboat'],
    ['VLC/3.0.18 LibVLC/3.0.18', 'VLC'],
    ['okhttp/4.9.3', 'Other app on Android'],
    ['SomeNewApp/3 CFNetwork/1408.0.4 Darwin/22.5.0', 'Other app on Apple'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0', 'Firefox'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36', 'Chrome'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0', 'Edge'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15', 'Safari'],
    ['Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/119.0 Mobile Safari/537.36', 'Chrome'],
    ['A player that nobody knows/0.1', OTHER_APP],
    ['%E0%A4%A', OTHER_APP],
  ])('%j: %s', (agent, app) => {
    expect(notAListener(agent)).toBeUndefined();
    expect(appOf(agent)).toBe(app);
  });

  it('takes no longer for a user agent that somebody made to be slow', () => {
    const hostile = `Podcasts/${'1.'.repeat(4000)}`;
    expect(appOf(hostile)).toBe('Apple Podcasts');
    expect(notAListener('bo'.repeat(4000))).toBeUndefined();
  });
});
