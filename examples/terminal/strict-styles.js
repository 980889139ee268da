// The page may have no inline styles (its Content-Security-Policy says so), and xterm.js makes some: they become style
// sheets made by a script, and properties set by a script, which are not inline.

const make = document.createElement.bind(document)
const setAttribute = Element.prototype.setAttribute

document.createElement = (name, options) => name.toLowerCase() === 'style' ? styleElement() : make(name, options)

Element.prototype.setAttribute = function (name, value) {
  if (name === 'style') this.style.cssText = value
  else setAttribute.call(this, name, value)
}

/** Something that takes the text of a style element, and is none. */
function styleElement () {
  const element = make('template')
  const sheet = new CSSStyleSheet()
  document.adoptedStyleSheets.push(sheet)
  let rules = ''
  Object.defineProperty(element, 'textContent', { get: () => rules, set: text => { rules = text; sheet.replaceSync(text) } })
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(other => other !== sheet)
    Element.prototype.remove.call(element)
  }
  return element
}
