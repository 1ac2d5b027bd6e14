/** Keeps passwords out of messages and logs, also where a library puts a whole URL into its error. */

/** Every `user:password@` of a URL in the text is gone; the rest stays. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1').replace(/([?&]password=)[^&\s]*/gi, '$1…');
}
