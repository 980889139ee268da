// @ts-check
import { renderMermaidSVG } from 'beautiful-mermaid'

/** What the library calls its colours, and what they are here: those of the pages. */
const COLOURS = {
  _text: '#12394d',
  '_text-sec': '#52656f',
  _line: '#5b8296',
  _arrow: '#12394d',
  '_node-fill': '#eef3f5',
  '_node-stroke': '#5b8296',
  '_group-fill': '#ffffff',
  '_group-hdr': '#f6f9fa',
  '_inner-stroke': '#dde5e9',
  bg: '#ffffff'
}

/**
 * A Mermaid drawing as an SVG that has no styles in it, as the policy of the pages takes none: every colour stands
 * where it is used, and no font is asked from elsewhere.
 * @param {string} source
 */
export function draw (source) {
  const svg = renderMermaidSVG(source, { padding: 8, layerSpacing: 28, nodeSpacing: 20 })
    .replace(/<style>[^]*?<\/style>\n?/, '')
    .replace(/^<svg ([^>]*?) style="[^"]*"/, '<svg $1 font-family="system-ui, sans-serif"')
  return svg.replaceAll(/var\(--([\w-]+)\)/g, (_, name) => {
    const colour = COLOURS[/** @type {keyof typeof COLOURS} */ (name)]
    if (colour === undefined) throw new Error(`a drawing has the colour ${name}, which is none of those in drawing.mjs`)
    return colour
  })
}
