import { GraphQLError, Kind, type DefinitionNode, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql'

/** What a document may ask for, fragments written out. Introspection is exempt from the depth. */
export const LIMITS = {
  depth: 12,
  aliases: 30,
  rootFields: 20,
  /** `__schema` is the whole schema each time: of one operation. `__type` counts among the aliases. */
  schemas: 1,
  /** Each may be a list of everything again. */
  schemaAliases: 5,
  /** Written out, all levels together. */
  fields: 2000,
  directives: 50,
  /** Validation compares each with each. */
  fragments: 100,
  /** Of the document as it was sent; the parser stops there. */
  tokens: 2000,
  /** Of the document as it was sent. Long texts belong into variables. */
  characters: 100_000
} as const

/** The size of a selection, each fragment counted wherever it is spread. */
interface Size {
  readonly depth: number
  readonly aliases: number
  readonly directives: number
  readonly schemas: number
  /** Those within `__schema`. */
  readonly schemaAliases: number
  /** At this level. */
  readonly width: number
  readonly fields: number
}

const NOTHING: Size = { depth: 0, aliases: 0, directives: 0, schemas: 0, schemaAliases: 0, width: 0, fields: 0 }

/**
 * Looks at a document before it is validated, since some rules of validation are slow on what is too large anyway.
 * Takes time in proportion to the document: each fragment is measured once, and one that contains itself is refused.
 */
export function limitErrors (document: DocumentNode): GraphQLError[] {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length
  if (fragments > LIMITS.fragments) return [tooLarge(fragments, LIMITS.fragments, 'fragments')]
  const measure = new Measure(document.definitions)
  try {
    return document.definitions.flatMap(definition => definition.kind === Kind.OPERATION_DEFINITION
      ? excesses(measure.withDirectives(definition, measure.selections(definition.selectionSet)), definition)
      : [])
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}

function excesses (size: Size, node: DefinitionNode): GraphQLError[] {
  const found: Array<[number, number, string]> = [
    [size.depth, LIMITS.depth, 'levels deep'],
    [size.aliases, LIMITS.aliases, 'aliases'],
    [size.width, LIMITS.rootFields, 'fields at the root'],
    [size.schemas, LIMITS.schemas, 'times __schema'],
    [size.schemaAliases, LIMITS.schemaAliases, 'aliases within __schema'],
    [size.fields, LIMITS.fields, 'fields in all'],
    [size.directives, LIMITS.directives, 'directives']
  ]
  return found.filter(([is, limit]) => is > limit).map(([is, limit, what]) => tooLarge(is, limit, what, node))
}

export const tooLarge = (is: number, limit: number, what: string, nodes?: DefinitionNode): GraphQLError =>
  new GraphQLError(`the document is too large: ${is} ${what}, and ${limit} is the most`, { nodes })

/** null marks a fragment that is being measured now. */
type Measured = Map<string, Size | null>

class Measure {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #measured: Measured = new Map()

  constructor (definitions: readonly DefinitionNode[]) {
    this.#fragments = new Map(definitions.flatMap(node => node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : []))
  }

  selections (set: SelectionSetNode | undefined): Size {
    return (set?.selections ?? []).map(node => this.withDirectives(node, this.#selection(node))).reduce(sum, NOTHING)
  }

  withDirectives ({ directives = [] }: { readonly directives?: readonly unknown[] }, size: Size): Size {
    return { ...size, directives: size.directives + directives.length }
  }

  #selection (node: SelectionNode): Size {
    if (node.kind === Kind.FIELD) return this.#field(node)
    if (node.kind === Kind.INLINE_FRAGMENT) return this.selections(node.selectionSet)
    return this.#fragment(node.name.value)
  }

  #field (node: FieldNode): Size {
    const below = this.selections(node.selectionSet)
    const isSchema = node.name.value === '__schema'
    const isIntrospection = isSchema || node.name.value === '__type'
    return {
      ...below,
      depth: isIntrospection ? 1 : below.depth + 1,
      aliases: below.aliases + (node.alias === undefined ? 0 : 1),
      schemas: below.schemas + (isSchema ? 1 : 0),
      schemaAliases: isSchema ? below.aliases : below.schemaAliases,
      width: 1,
      fields: below.fields + 1
    }
  }

  #fragment (name: string): Size {
    const known = this.#measured.get(name)
    if (known === null) throw new GraphQLError(`the fragment ${name} contains itself`, { nodes: this.#fragments.get(name) })
    if (known !== undefined) return known
    this.#measured.set(name, null)
    const node = this.#fragments.get(name)
    const size = node === undefined ? NOTHING : this.withDirectives(node, this.selections(node.selectionSet))
    this.#measured.set(name, size)
    return size
  }
}

const sum = (a: Size, b: Size): Size => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  schemas: a.schemas + b.schemas,
  schemaAliases: a.schemaAliases + b.schemaAliases,
  width: a.width + b.width,
  fields: a.fields + b.fields
})
