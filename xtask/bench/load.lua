-- The load of `cargo xtask bench`, for wrk with one thread.
-- Arguments: create | list | window | availability COUNT MODE | mixed COUNT, daybook | floor, the number of the first
-- booking, the Authorization header (or -), a file with one resource id a line, and the Monday, 09:00 UTC, of the first
-- bookings.

local BASE
local HOUR = 3600
local DAY = 24 * HOUR

local work, target, number, asked, mode
local ids, headers = {}, {}

function init(arguments)
  work, target, number = arguments[1], arguments[2], tonumber(arguments[3])
  BASE = tonumber(arguments[6])
  asked, mode = work:match("^%a+ (%d+) ?([%a_]*)")
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

-- Half hours in the four weeks of the bookings; of any resources that stand together in the list.
local function availability()
  local count = math.min(tonumber(asked), #ids)
  local first = math.random(0, #ids - count)
  local named = {}
  for place = 1, count do
    named[place] = '"' .. ids[first + place] .. '"'
  end
  local midnight = BASE - 9 * HOUR
  local body = '{"mode":"' .. (mode ~= "" and mode or "roundrobin_prioritized") .. '","length":"30 minutes","from":"'
    .. instant(midnight) .. '","to":"' .. instant(midnight + 28 * DAY)
    .. '","output_timezone":"Europe/Copenhagen","resources":[' .. table.concat(named, ",") .. ']}'
  return wrk.format("POST", target == "floor" and "/availability" or "/v2/availability", headers, body)
end

function request()
  if work:sub(1, 12) == "availability" then
    return availability()
  end
  if work:sub(1, 5) == "mixed" then
    -- One of ten books.
    return math.random(10) == 1 and create() or availability()
  end
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
