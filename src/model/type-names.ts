const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** `container.run`, `ports` → `ContainerRunPorts`: the name of a type that has no title, by where it stands. */
export const pascal = (...words: readonly string[]): string =>
  words.flatMap(word => word.split(/[^A-Za-z0-9]+/)).filter(word => word !== '').map(capital).join('')

/** What a type is called where it is an input: the same in GraphQL and OpenAPI. */
export const inputName = (name: string): string => name.endsWith('Input') ? name : `${name}Input`
