/** What a property is called in GraphQL. */
export const GRAPHQL_NAME = 'x-graphql-name'

/**
 * For a property whose own name means something else in GraphQL: there `id` is a global id and nothing else, and what a list and an
 * inspect tell of one object is one type, which has each name once.
 */
export const inGraphql = (name: string) => ({ [GRAPHQL_NAME]: name })
