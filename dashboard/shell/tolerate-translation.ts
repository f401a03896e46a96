/**
 * A browser that translates a page puts elements of its own in the place of text. React still holds the text, fails when it
 * removes it or inserts beside it, and will not look (React's issue 11538): the part of the page would end in its error
 * boundary. What is not where React left it is out of the page already. Values that change bear translate="no".
 */
export function tolerateTranslation({ prototype }: typeof Node): void {
  // oxlint-disable-next-line typescript/unbound-method -- each is called with the element that it is called for
  const { removeChild, insertBefore } = prototype;
  prototype.removeChild = function <Child extends Node>(this: Node, child: Child): Child {
    return child.parentNode === this ? (removeChild.call(this, child) as Child) : child;
  };
  prototype.insertBefore = function <Child extends Node>(
    this: Node,
    child: Child,
    before: Node | null,
  ): Child {
    // Not every caller minds that null is the way to say "at the end".
    const isElsewhere = Boolean(before) && before?.parentNode !== this;
    return insertBefore.call(this, child, isElsewhere ? null : before) as Child;
  };
}
