// Writing into the document only what differs from what stands there: an unchanged cell costs a comparison and no layout.

export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** The element of this id, which index.html has. */
export function one<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
