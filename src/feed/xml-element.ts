/** An XML element as the `podcast` library's writer takes it: one name to a text, to attributes, or to a list of parts. */

export type XmlAttributes = Readonly<Record<string, string | number | boolean>>;
type XmlContent =
  | string
  | number
  | { readonly _attr: XmlAttributes }
  | { readonly _cdata: string }
  | readonly (string | number | { readonly _attr: XmlAttributes } | XmlElement)[];
export interface XmlElement {
  readonly [name: string]: XmlContent;
}

/** With attributes alone. */
export function emptyElement(name: string, attributes: XmlAttributes): XmlElement {
  return { [name]: { _attr: attributes } };
}

/** With a text, and attributes if any. Undefined ones are left out. */
export function textElement(
  name: string,
  text: string | number,
  attributes: Readonly<Record<string, string | undefined>> = {},
): XmlElement {
  const present: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) present[key] = value;
  }
  return { [name]: [{ _attr: present }, text] };
}
