/** An XML element as the `podcast` library's writer takes it, and the same writer for elements by the thousand. */

export type XmlAttributes = Readonly<Record<string, string | number | boolean>>;
type XmlContent =
  | string
  | number
  | { readonly _attr: XmlAttributes }
  | { readonly _cdata: string }
  | readonly (string | number | { readonly _attr: XmlAttributes } | XmlElement)[];
/** One name to a text, to attributes, or to a list of parts. A list holds attributes first, and one text or elements. */
export interface XmlElement {
  readonly [name: string]: XmlContent;
}

/** With attributes alone. */
export function emptyElement(name: string, attributes: XmlAttributes): XmlElement {
  return { [name]: { _attr: attributes } };
}

const NO_ATTRIBUTES: XmlAttributes = Object.freeze({});

/** With a text, and attributes if any. Undefined ones are left out. */
export function textElement(
  name: string,
  text: string | number,
  attributes?: Readonly<Record<string, string | undefined>>,
): XmlElement {
  if (!attributes) return { [name]: [{ _attr: NO_ATTRIBUTES }, text] };
  const present: Record<string, string> = {};
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) present[key] = value;
  }
  return { [name]: [{ _attr: present }, text] };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
  '<': '&lt;',
  '>': '&gt;',
};

const escaped = (text: string) => text.replace(/[&"'<>]/g, (character) => ESCAPES[character] ?? character);

function attributesXml(attributes: XmlAttributes): string {
  let xml = '';
  for (const name of Object.keys(attributes)) xml += ` ${name}="${escaped(String(attributes[name]))}"`;
  return xml;
}

/** An empty text makes an empty element, as the library's writer does. */
export function cdataXml(name: string, text: string): string {
  return text === '' ? `<${name}/>` : `<${name}><![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`;
}

const isAttributes = (part: object): part is { readonly _attr: XmlAttributes } => '_attr' in part;

/** Byte for byte what the writer below `podcast` (npm `xml` 1.0.1, without indent) makes of it, in a fraction of its time. */
export function xmlOf(element: XmlElement): string {
  const name = Object.keys(element)[0] ?? '';
  const content = element[name];
  if (content === undefined) return '';
  if (typeof content !== 'object') return `<${name}>${escaped(String(content))}</${name}>`;
  if ('_cdata' in content) return cdataXml(name, String(content._cdata));
  if ('_attr' in content) return `<${name}${attributesXml(content._attr as XmlAttributes)}/>`;
  let attributes = '';
  let inner = '';
  for (const part of content) {
    if (typeof part !== 'object') inner += escaped(String(part));
    else if (isAttributes(part)) attributes += attributesXml(part._attr as XmlAttributes);
    else inner += xmlOf(part);
  }
  return `<${name}${attributes}>${inner}</${name}>`;
}
