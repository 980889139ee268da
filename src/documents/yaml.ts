import { Document, isCollection, isMap, isPair, isScalar, visit, type YAMLMap, type YAMLSeq } from 'yaml'

/** How long a line may be that has all of something, beside its indentation. */
const LINE = 120
/** How many pairs are still read at a glance. */
const PAIRS = 4

/** As readers of YAML 1.1, such as PyYAML, read it too: `=` and days have a meaning there that the writer does not know of. */
export function yamlOf (value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' })
  visit(document, { Scalar (_, scalar) { if (typeof scalar.value === 'string' && /^(?:=$|\d)/.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE' } })
  lengthInLine(document.contents)
  visit(document, { Collection (_, collection) { if (collection.flow === true) quoteSigns(collection) } })
  return document.toString({ lineWidth: 0, indentSeq: false, flowCollectionPadding: false })
}

/** Puts into one line what is small. How long that is, or undefined where it has lines of its own. */
function lengthInLine (node: unknown): number | undefined {
  if (isPair(node)) return sum([lengthInLine(node.key), lengthInLine(node.value)])
  if (isScalar(node)) return String(node.value).length
  if (!isCollection(node)) return undefined
  const length = sum(node.items.map(lengthInLine), 2)
  const isSmall = length !== undefined && length <= LINE && (!isMap(node) || node.items.length <= PAIRS)
  node.flow = isSmall
  return isSmall ? length : undefined
}

/** With what stands between them. */
const sum = (lengths: ReadonlyArray<number | undefined>, around = 0): number | undefined =>
  lengths.reduce<number | undefined>((total, length) => total === undefined || length === undefined ? undefined : total + length + 2, around)

/** Within brackets YAML 1.1 ends a bare text at a `?`. */
function quoteSigns ({ items }: YAMLMap | YAMLSeq): void {
  for (const item of items) {
    const value = isPair(item) ? item.value : item
    if (isScalar(value) && typeof value.value === 'string' && value.value.includes('?')) value.type = 'QUOTE_DOUBLE'
  }
}
