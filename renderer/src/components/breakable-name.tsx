/** A key such as `learning_rate_schedule`: a narrow column breaks it after its dots, slashes and underscores. */
export function BreakableName({ name }: { name: string }) {
  const at = name.search(/[._/]./)
  if (at < 0) return name
  return (
    <>
      {name.slice(0, at + 1)}
      <wbr />
      <BreakableName name={name.slice(at + 1)} />
    </>
  )
}
