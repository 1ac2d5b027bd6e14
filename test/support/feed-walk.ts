/** Reading along a feed's archive links, as RFC 5005 says a client reconstructs a whole feed. */

/** By relation. */
export function linksOf(xml: string): Record<string, string> {
  const channel = xml.slice(0, xml.search(/<item[\s>]|$/));
  const links = [...channel.matchAll(/<atom:link href="([^"]+)" rel="([^"]+)"/g)];
  return Object.fromEntries(links.map(([, href = '', rel = '']) => [rel, href]));
}

const MOST_PAGES = 10_000;

/** The feed and every page behind it, newest first. Throws an Error where a link leads to nothing, or in a circle. */
export function walkArchive(feed: string, read: (url: string) => string | undefined): string[] {
  const files = [feed];
  for (let url = linksOf(feed)['prev-archive']; url !== undefined; ) {
    const page = read(url);
    if (page === undefined) throw new Error(`there is nothing at ${url}`);
    if (files.push(page) > MOST_PAGES) throw new Error('the links lead in a circle');
    url = linksOf(page)['prev-archive'];
  }
  return files;
}
