-- What all loads share: who books what, how a person says who they are, and the result in one line.
-- Person p (from 0) has the session token p + 1 as 64 hex digits; see seed.sql.

local started = 0

function setup(thread)
  thread:set("k", started)
  started = started + 1
end

function init(args)
  origin = args[1]
  threads = tonumber(args[2])
  week = args[3]
end

-- The next number that no other thread has.
function step()
  local mine = k
  k = k + threads
  return mine
end

-- The k-th booking: no person twice on one day, all shifts in turn.
function pair(number)
  local p = number % 10000
  local day = (math.floor(number / 10000) + p) % 35
  local turn = math.floor(p / 35)
  if day < 28 then
    return p, day * 150 + turn % 150 + 1
  end
  return p, 4200 + (day - 28) * 120 + turn % 120 + 1
end

function cookie(p)
  return string.format("Host: %s\r\nCookie: session=%064x\r\n", string.sub(origin, 8), p + 1)
end

function plan(p)
  return "GET /schichtplan?kampagne=kampagne-1&woche=" .. week .. " HTTP/1.1\r\n" .. cookie(p) .. "\r\n"
end

local form = "zurueck=%2Fschichten%2Ffrei"

function book(p, shift)
  return "POST /schichten/" .. shift .. "/buchung HTTP/1.1\r\n" .. cookie(p)
    .. "Origin: " .. origin .. "\r\nSec-Fetch-Site: same-origin\r\n"
    .. "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " .. #form .. "\r\n\r\n" .. form
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
end
