import { imagePattern } from '../engine/names.js'

const reference = new RegExp(imagePattern)

/** Whether some reference could fit a pattern over references: one with capitals in its path, say, none ever does. */
export const isImagePattern = (pattern: string): boolean =>
  ['x', '', 'x:x', 'x/x'].some(word => reference.test(pattern.replaceAll(/\*+/g, word)))
