-- The load of `cargo xtask bench`, for wrk with one thread.
-- Arguments: create | list | window, daybook | floor, the number of the first booking, the Authorization header (or -),
-- and a file with one resource id a line.

-- Monday, 6 January 2031, 09:00 UTC
local BASE = 1925456400
local HOUR = 3600
local DAY = 24 * HOUR

local work, target, number
local ids, headers = {}, {}

function init(arguments)
  work, target, number = arguments[1], arguments[2], tonumber(arguments[3])
  headers["Authorization"] = arguments[4]
  headers["Content-Type"] = "application/json"
  for id in io.lines(arguments[5]) do
    ids[#ids + 1] = id
  end
  math.randomseed(number + 1)
end

local function instant(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)
end

-- Twenty half hours a week for each resource in turn, so that no two ever overlap. `xtask/src/bench.rs` has the same
-- rule for the bookings that are there before.
local function create()
  local resource, turn = number % #ids, math.floor(number / #ids)
  number = number + 1
  local week, slot = math.floor(turn / 20), turn % 20
  local start = BASE + week * 7 * DAY + (slot % 5) * DAY + math.floor(slot / 5) * HOUR
  local body = '{"graph":"instant","resource_id":"' .. ids[resource + 1]
    .. '","start":"' .. instant(start) .. '","end":"' .. instant(start + HOUR / 2)
    .. '","what":"Wheel truing","where":"Kanalgade 4, Aarhus","description":"Rear wheel, 32 spokes",'
    .. '"customer":{"name":"Ida Holm","email":"ida@example.org","timezone":"Europe/Copenhagen"}}'
  local path = target == "floor" and "/create?" .. resource or "/v2/bookings"
  return wrk.format("POST", path, headers, body)
end

local function list()
  local resource = math.random(0, #ids - 1)
  if target == "floor" then
    return wrk.format("GET", "/list?" .. resource, headers)
  end
  local path = "/v2/bookings?limit=50&include=attributes,customers&search=resource.id:" .. ids[resource + 1]
  if work == "window" then
    path = path .. "&start=" .. instant(BASE - DAY) .. "&end=" .. instant(BASE + 21 * DAY)
  end
  return wrk.format("GET", path, headers)
end

function request()
  if work == "create" then
    return create()
  end
  return list()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
