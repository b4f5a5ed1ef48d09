/** The list of a record type, only with the records that a number counts. */
export function list_address(of: { system: string; entity: string }, condition: string | undefined): string {
  const list = `/${of.system}/${of.entity}`
  return condition ? `${list}?filter=${encodeURIComponent(condition)}` : list
}
