/** Which app a user agent is: podcast apps first, then players and libraries, then browsers. Pure. */
import { remembered } from './remembered.ts';

/** What none of the patterns knows. */
export const OTHER_APP = 'Other';

/** Apple Podcasts calls itself by its name in the phone's language, followed by the words of Apple's network library. */
const APPLE_PODCASTS_NAMES =
  'Podcasts?|Balados|Podcasti|Podcastit|Podcasturi|Podcasty|Podcastok|Podkaster|Podcaster|Podcast’ler|' +
  'Подкасты|Подкасти|播客|Podcast 播客|팟캐스트|ポッドキャスト|פודקאסטים|البودكاست|पॉडकास्ट|พ็อดคาสท์';

/** The first that fits is it: what says its own name comes before what it was built with. */
const APPS: readonly (readonly [app: string, pattern: RegExp])[] = [
  ['Apple Podcasts', new RegExp(`^(${APPLE_PODCASTS_NAMES})/[\\d.]+.*(CFNetwork|iOS|Mac)`, 'u')],
  ['Apple Podcasts', /^(Podcasts\/|atc\/|iTunes\/|itunesstored\/)/],
  ['Spotify', /\bspotify\b/i],
  ['Overcast', /overcast/i],
  ['Pocket Casts', /pocket ?casts|shifty ?jelly|^PocketCasts/i],
  ['AntennaPod', /antenna ?pod|^de\.danoeh/i],
  ['gPodder', /gpodder/i],
  ['Castro', /\bcastro\b/i],
  ['Podcast Addict', /podcast ?addict/i],
  ['Podcast Republic', /podcast ?republic/i],
  ['Podcast Guru', /podcast ?guru/i],
  ['PodcastGo', /podcast ?go\b/i],
  ['CastBox', /castbox/i],
  ['Castamatic', /castamatic/i],
  ['Podverse', /podverse/i],
  ['Fountain', /fountain/i],
  ['Podfriend', /podfriend/i],
  ['CurioCaster', /curiocaster/i],
  ['TrueFans', /truefans/i],
  ['Castaway', /castaway/i],
  ['Downcast', /downcast/i],
  ['iCatcher!', /icatcher/i],
  ['Instacast', /instacast/i],
  ['RSSRadio', /rssradio/i],
  ['Player FM', /player ?fm/i],
  ['Podbean', /podbean/i],
  ['Podimo', /podimo/i],
  ['Podyssey', /podyssey/i],
  ['Podkicker', /podkicker/i],
  ['BeyondPod', /beyondpod/i],
  ['DoggCatcher', /doggcatcher/i],
  ['Goodpods', /goodpods/i],
  ['Snipd', /snipd/i],
  ['Metacast', /metacast/i],
  ['Breaker', /^breaker/i],
  ['Airr', /^airr/i],
  ['Stitcher', /stitcher/i],
  ['TuneIn', /tunein/i],
  ['iHeartRadio', /iheart/i],
  ['Deezer', /deezer/i],
  ['JioSaavn', /saavn/i],
  ['Gaana', /gaana/i],
  ['Amazon Music', /amazon ?music|^Amazon;Music/i],
  ['Audible', /audible/i],
  ['Alexa', /alexa|^Echo\//i],
  ['Google Podcasts', /google-?podcasts|GSA\/.*podcast/i],
  ['YouTube Music', /youtube/i],
  ['NPR One', /npr ?one/i],
  ['BBC Sounds', /bbc ?sounds/i],
  ['Sonos', /sonos/i],
  ['Roku', /\broku/i],
  ['Laughable', /laughable/i],
  ['Luminary', /luminary/i],
  ['Himalaya', /himalaya/i],
  ['Xiaoyuzhou', /xiaoyuzhou|cosmos\.app|app\.podcast\.cosmos/i],
  ['newsboat', /newsboat|podboat/i],
  ['Kasts', /\bkasts\b/i],
  ['Podcasts (GNOME)', /gnome[- ]?podcasts/i],
  ['Rhythmbox', /rhythmbox/i],
  ['Clementine', /clementine|strawberry/i],
  ['MusicBee', /musicbee/i],
  ['Winamp', /winamp/i],
  ['foobar2000', /foobar2000/i],
  ['VLC', /\bvlc\b|libvlc/i],
  ['mpv', /\bmpv\b|^mplayer/i],
  ['Kodi', /\bkodi\b/i],
  ['Home Assistant', /home ?assistant/i],
  ['Windows Media Player', /nsplayer|windows-media-player/i],
  // A car, a speaker, or any app that plays through Apple's own player: it does not say which.
  ['Apple HomePod', /homepod/i],
  ['AppleCoreMedia', /applecoremedia/i],
  ['Other app on Apple', /cfnetwork/i],
  ['Other app on Android', /okhttp|exoplayer|media3|stagefright|dalvik|androiddownloadmanager/i],
  ['GStreamer', /gstreamer|souphttp/i],
  ['FFmpeg', /^lavf|libavformat/i],
  ['Samsung Internet', /samsungbrowser/i],
  ['Opera', /\bopr\/|\bopera/i],
  ['Edge', /\bedg(e|a|ios)?\//i],
  ['Firefox', /firefox\/|fxios\//i],
  ['Chrome', /chrome\/|crios\//i],
  ['Safari', /safari\//i],
  ['Other browser', /^mozilla\//i],
];

export const appOf = remembered((userAgent: string): string => {
  const text = decoded(userAgent);
  return APPS.find(([, pattern]) => pattern.test(text))?.[0] ?? OTHER_APP;
});

/** Names in other scripts come percent-encoded. */
function decoded(userAgent: string): string {
  try {
    return userAgent.includes('%') ? decodeURIComponent(userAgent) : userAgent;
  } catch {
    return userAgent;
  }
}
