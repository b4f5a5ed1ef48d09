// What the benches create.
/** A Lua program for wrk that creates place names with geometry in all divisions of the city. */
export const creating = (cookie, ids) => `
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Cookie"] = "${cookie}"
local ids = {${ids.map((i) => `"${i}"`).join(',')}}
local n = 0
request = function()
  n = n + 1
  local x, y = 114 + (n % 997) / 2000, 30.5 + (n % 991) / 10000
  return wrk.format(nil, nil, nil, string.format('{"name":"负载%d路","category":"23510","legal_kind":"street","division":"%s","place":{"type":"LineString","coordinates":[[%.5f,%.5f],[%.5f,%.5f],[%.5f,%.5f]]}}',
    n, ids[(n * 977) % #ids + 1], x, y, x, y + 0.01, x + 0.01, y + 0.02))
end`
